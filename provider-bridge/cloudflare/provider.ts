import { matching } from "../plugin/checks";
import type { Provider } from "../plugin/provider";
import { optional } from "../plugin/schema";
import { authenticatedOriginPullsCertificate } from "./authenticated-origin-pulls-certificate";
import { authenticatedOriginPullsSettings } from "./authenticated-origin-pulls-settings";
import { CloudflareClient } from "./client";
import { dnsRecord } from "./dns-record";
import { ipRanges } from "./ip-ranges";
import { originCaCertificate } from "./origin-ca-certificate";
import { ruleset } from "./ruleset";
import { argoTieredCaching, tieredCache } from "./tiered-cache";
import { zoneSetting } from "./zone-setting";

/** Stand-in for the provider cloudflare/cloudflare 5.14: the types that this project uses. */
export const cloudflare: Provider<CloudflareClient> = {
  style: "framework",
  configuration: {
    attributes: {
      api_token: optional("string", {
        check: matching(
          /[A-Za-z0-9-_]{40}/,
          "API tokens must be 40 characters long and only contain characters a-z, A-Z, 0-9, hyphens and underscores",
        ),
      }),
      api_key: optional("string", {
        check: matching(/[0-9a-f]{37}/, "API key must be 37 characters long and only contain characters 0-9 and a-f"),
      }),
      email: optional("string"),
      api_user_service_key: optional("string"),
      base_url: optional("string"),
      user_agent_operator_suffix: optional("string"),
    },
  },
  resources: {
    cloudflare_argo_tiered_caching: argoTieredCaching,
    cloudflare_authenticated_origin_pulls_certificate: authenticatedOriginPullsCertificate,
    cloudflare_authenticated_origin_pulls_settings: authenticatedOriginPullsSettings,
    cloudflare_dns_record: dnsRecord,
    cloudflare_origin_ca_certificate: originCaCertificate,
    cloudflare_ruleset: ruleset,
    cloudflare_tiered_cache: tieredCache,
    cloudflare_zone_setting: zoneSetting,
  },
  dataSources: { cloudflare_ip_ranges: ipRanges },

  configure(configuration, environment) {
    const text = (name: string, variable: string): string | undefined => {
      const configured = configuration[name];
      return typeof configured === "string" ? configured : environment[variable];
    };
    const token = text("api_token", "CLOUDFLARE_API_TOKEN");
    const key = text("api_key", "CLOUDFLARE_API_KEY");
    const email = text("email", "CLOUDFLARE_EMAIL");
    const serviceKey = text("api_user_service_key", "CLOUDFLARE_API_USER_SERVICE_KEY");
    return new CloudflareClient({
      baseUrl: text("base_url", "CLOUDFLARE_BASE_URL") ?? "https://api.cloudflare.com/client/v4",
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(key && { "x-auth-key": key }),
        ...(email && { "x-auth-email": email }),
        ...(serviceKey && { "x-auth-user-service-key": serviceKey }),
      },
    });
  },
};
