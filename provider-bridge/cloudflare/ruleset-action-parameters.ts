import { notEmpty } from "../plugin/checks";
import {
  listOf,
  mapOf,
  nestedList,
  nestedMap,
  nestedSingle,
  optional,
  required,
  type Attributes,
} from "../plugin/schema";

const text = optional("string");
const number = optional("number");
const flag = optional("bool");
const flagOff = optional("bool", { computed: true, default: false });
const texts = optional(listOf("string"));
const name = required("string", { check: notEmpty });

/** What the actions of a rule can be told (https://developers.cloudflare.com/ruleset-engine/rules-language/actions/). */
export const actionParameters: Attributes = {
  additional_cacheable_ports: optional(listOf("number")),
  algorithms: optional(
    nestedList({
      name: text,
    }),
  ),
  asset_name: text,
  automatic_https_rewrites: flag,
  autominify: optional(
    nestedSingle({
      css: flagOff,
      html: flagOff,
      js: flagOff,
    }),
  ),
  bic: flag,
  browser_ttl: optional(
    nestedSingle({
      default: number,
      mode: required("string"),
    }),
  ),
  cache: flag,
  cache_key: optional(
    nestedSingle({
      cache_by_device_type: flag,
      cache_deception_armor: flag,
      custom_key: optional(
        nestedSingle({
          cookie: optional(
            nestedSingle({
              check_presence: texts,
              include: texts,
            }),
          ),
          header: optional(
            nestedSingle({
              check_presence: texts,
              contains: optional(mapOf(listOf("string"))),
              exclude_origin: flag,
              include: texts,
            }),
          ),
          host: optional(
            nestedSingle({
              resolved: flag,
            }),
          ),
          query_string: optional(
            nestedSingle({
              exclude: optional(
                nestedSingle({
                  all: flag,
                  list: texts,
                }),
              ),
              include: optional(
                nestedSingle({
                  all: flag,
                  list: texts,
                }),
              ),
            }),
          ),
          user: optional(
            nestedSingle({
              device_type: flag,
              geo: flag,
              lang: flag,
            }),
          ),
        }),
      ),
      ignore_query_strings_order: flag,
    }),
  ),
  cache_reserve: optional(
    nestedSingle({
      eligible: required("bool"),
      minimum_file_size: number,
    }),
  ),
  content: text,
  content_type: text,
  cookie_fields: optional(
    nestedList({
      name,
    }),
  ),
  disable_apps: flag,
  disable_rum: flag,
  disable_zaraz: flag,
  edge_ttl: optional(
    nestedSingle({
      default: number,
      mode: required("string"),
      status_code_ttl: optional(
        nestedList({
          status_code: number,
          status_code_range: optional(
            nestedSingle({
              from: number,
              to: number,
            }),
          ),
          value: required("number"),
        }),
      ),
    }),
  ),
  email_obfuscation: flag,
  fonts: flag,
  from_list: optional(
    nestedSingle({
      key: required("string"),
      name,
    }),
  ),
  from_value: optional(
    nestedSingle({
      preserve_query_string: flagOff,
      status_code: number,
      target_url: required(
        nestedSingle({
          expression: text,
          value: text,
        }),
      ),
    }),
  ),
  headers: optional(
    nestedMap({
      expression: text,
      operation: required("string"),
      value: text,
    }),
  ),
  host_header: text,
  hotlink_protection: flag,
  id: text,
  increment: number,
  matched_data: optional(
    nestedSingle({
      public_key: required("string"),
    }),
  ),
  mirage: flag,
  opportunistic_encryption: flag,
  origin: optional(
    nestedSingle({
      host: text,
      port: number,
    }),
  ),
  origin_cache_control: flag,
  origin_error_page_passthru: flag,
  overrides: optional(
    nestedSingle({
      action: text,
      categories: optional(
        nestedList({
          action: text,
          category: required("string"),
          enabled: flag,
          sensitivity_level: text,
        }),
      ),
      enabled: flag,
      rules: optional(
        nestedList({
          action: text,
          enabled: flag,
          id: required("string"),
          score_threshold: number,
          sensitivity_level: text,
        }),
      ),
      sensitivity_level: text,
    }),
  ),
  phases: texts,
  polish: text,
  products: texts,
  raw_response_fields: optional(
    nestedList({
      name,
      preserve_duplicates: flagOff,
    }),
  ),
  read_timeout: number,
  request_fields: optional(
    nestedList({
      name,
    }),
  ),
  respect_strong_etags: flag,
  response: optional(
    nestedSingle({
      content: required("string"),
      content_type: required("string"),
      status_code: required("number"),
    }),
  ),
  response_fields: optional(
    nestedList({
      name,
      preserve_duplicates: flagOff,
    }),
  ),
  rocket_loader: flag,
  rules: optional(mapOf(listOf("string"))),
  ruleset: text,
  rulesets: texts,
  security_level: text,
  serve_stale: optional(
    nestedSingle({
      disable_stale_while_updating: flag,
    }),
  ),
  server_side_excludes: flag,
  sni: optional(
    nestedSingle({
      value: required("string"),
    }),
  ),
  ssl: text,
  status_code: number,
  sxg: flag,
  transformed_request_fields: optional(
    nestedList({
      name,
    }),
  ),
  uri: optional(
    nestedSingle({
      path: optional(
        nestedSingle({
          expression: text,
          value: text,
        }),
      ),
      query: optional(
        nestedSingle({
          expression: text,
          value: text,
        }),
      ),
    }),
  ),
};
