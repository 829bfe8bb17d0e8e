import { matching, notEmpty, oneWordOf } from "../plugin/checks";
import { ProviderError, type PlanChange, type ResourceType } from "../plugin/provider";
import { computed, listOf, nestedList, nestedSingle, optional, required, type Attributes } from "../plugin/schema";
import { isList, isObject, isUnknown, type Value, type Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { idOf, parseImportId, readObject } from "./reading";
import { requestBody } from "./request-body";
import { actionParameters } from "./ruleset-action-parameters";

const hexId = matching(/^[0-9a-f]{32}$/, "value must be a 32-character hexadecimal string");

const phases =
  "ddos_l4 ddos_l7 http_config_settings http_custom_errors http_log_custom_fields http_ratelimit " +
  "http_request_cache_settings http_request_dynamic_redirect http_request_firewall_custom " +
  "http_request_firewall_managed http_request_late_transform http_request_origin http_request_redirect " +
  "http_request_sanitize http_request_sbfm http_request_transform http_response_compression " +
  "http_response_firewall_managed http_response_headers_transform magic_transit magic_transit_ids_managed " +
  "magic_transit_managed magic_transit_ratelimit";

const actions =
  "block challenge compress_response ddos_dynamic execute force_connection_close js_challenge log log_custom_field " +
  "managed_challenge redirect rewrite route score serve_error set_cache_settings set_config skip";

const blank = optional("string", { computed: true, default: "" });

const noParameters: Values = Object.fromEntries(Object.keys(actionParameters).map((name) => [name, null]));

const rateLimit: Attributes = {
  characteristics: required(listOf("string")),
  period: required("number"),
  counting_expression: optional("string", { check: notEmpty }),
  mitigation_timeout: optional("number", { computed: true }),
  requests_per_period: optional("number"),
  requests_to_origin: optional("bool", { computed: true, default: false }),
  score_per_period: optional("number"),
  score_response_header_name: optional("string", { check: notEmpty }),
};

const rule: Attributes = {
  id: computed("string"),
  action: required("string", { check: oneWordOf(...actions.split(" ")) }),
  action_parameters: optional(nestedSingle(actionParameters), { computed: true, default: noParameters }),
  description: blank,
  enabled: optional("bool", { computed: true, default: true }),
  exposed_credential_check: optional(
    nestedSingle({
      password_expression: required("string", { check: notEmpty }),
      username_expression: required("string", { check: notEmpty }),
    }),
  ),
  expression: required("string", { check: notEmpty }),
  logging: optional(nestedSingle({ enabled: optional("bool", { computed: true }) }), { computed: true }),
  ratelimit: optional(nestedSingle(rateLimit)),
  ref: optional("string", { computed: true, check: notEmpty }),
};

const attributes: Attributes = {
  id: computed("string", { keep: true }),
  account_id: optional("string", { forceNew: true, check: hexId }),
  zone_id: optional("string", { forceNew: true, check: hexId }),
  kind: required("string", { forceNew: true, check: oneWordOf("managed", "custom", "root", "zone") }),
  name: required("string", { forceNew: true, check: notEmpty }),
  phase: required("string", { forceNew: true, check: oneWordOf(...phases.split(" ")) }),
  description: blank,
  rules: optional(nestedList(rule), { computed: true, default: [] }),
  last_updated: computed("string", { time: true }),
  version: computed("string"),
};

const inPath = ["account_id", "zone_id"];

/** `cloudflare_ruleset`. A rule keeps its id as long as its `ref` stays. */
export const ruleset: ResourceType<CloudflareClient> = {
  attributes,

  adjustPlan(change) {
    const owners = inPath.filter((name) => (change.config[name] ?? null) !== null);
    if (owners.length !== 1) {
      throw new ProviderError(
        "Invalid Attribute Combination",
        `account_id, zone_id: exactly one must be set, got ${owners.length}`,
      );
    }
    return keepRuleIds(change);
  },

  async create({ client, planned }) {
    const answer = await client.call("POST", rulesetsPath(planned), requestBody(attributes, planned, inPath));
    return stateAfterWrite(attributes, planned, answer);
  },

  read: (state, call) => readObject(attributes, rulesetPath(state), state, call),

  async update({ client, planned, prior }) {
    const body = requestBody(attributes, planned, inPath, prior);
    return stateAfterWrite(attributes, planned, await client.call("PUT", rulesetPath(prior), body));
  },

  async delete(state, { client }) {
    await client.call("DELETE", rulesetPath(state));
  },

  async import(importId, call) {
    const [kind = "", owner = "", id = ""] = parseImportId(
      importId,
      "<{accounts|zones}>/<{account_id|zone_id}>/<ruleset_id>",
    );
    if (kind !== "accounts" && kind !== "zones") {
      throw new Error(`invalid discriminator segment, got "${kind}", allowed "accounts" or "zones"`);
    }
    const state = { id, [kind === "accounts" ? "account_id" : "zone_id"]: owner };
    return (await readObject(attributes, rulesetPath(state), state, call)) ?? state;
  },
};

/** Pairs planned rules with those of the state by `ref`, so that the unchanged ones do not show a new id. */
function keepRuleIds({ prior, planned }: PlanChange): Values {
  if (!prior || !isList(planned.rules) || !isList(prior.rules)) return planned;
  const stored = new Map<Value, Values>();
  for (const one of prior.rules) if (isObject(one) && one.ref) stored.set(one.ref, one);
  const rules = planned.rules.map((one: Value) => {
    const before = isObject(one) && one.ref ? stored.get(one.ref) : undefined;
    if (!isObject(one) || !before) return one;
    const logging = isUnknown(one.logging) && one.action === before.action ? before.logging : one.logging;
    return { ...one, id: isUnknown(one.id) ? (before.id ?? null) : (one.id ?? null), logging: logging ?? null };
  });
  return { ...planned, rules };
}

function rulesetsPath({ account_id, zone_id }: Values): string {
  return account_id ? `accounts/${account_id}/rulesets` : `zones/${zone_id}/rulesets`;
}

function rulesetPath(state: Values): string {
  return `${rulesetsPath(state)}/${idOf(state, "id", "ruleset_id")}`;
}
