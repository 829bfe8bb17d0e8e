import {
  createDnsRecord,
  deleteDnsRecord,
  getDnsRecord,
  listDnsRecords,
  patchDnsRecord,
  putDnsRecord,
} from "./handlers/dns-records";
import { getIpRanges } from "./handlers/ips";
import {
  createOriginCertificate,
  getOriginCertificate,
  listOriginCertificates,
  revokeOriginCertificate,
} from "./handlers/origin-certificates";
import {
  deleteClientCertificate,
  getClientCertificate,
  getOriginPullsSettings,
  listClientCertificates,
  putOriginPullsSettings,
  uploadClientCertificate,
} from "./handlers/origin-pulls";
import { createRuleset, deleteRuleset, getRuleset, listRulesets, putRuleset } from "./handlers/rulesets";
import { deleteSmartTopology, getSwitch, patchSwitch } from "./handlers/tiered-cache";
import { getZoneSetting, listZoneSettings, patchZoneSetting } from "./handlers/zone-settings";
import { getZone, listZones, verifyToken } from "./handlers/zones";
import type { Handler, Route } from "./account/route";

const zone = "/client/v4/zones/:zone";
const pulls = `${zone}/origin_tls_client_auth`;
const tieredCaching = `${zone}/argo/tiered_caching`;
const smartTopology = `${zone}/cache/tiered_cache_smart_topology_enable`;

/**
 * Every call of Cloudflare's API that is emulated. Scopes stand for permission groups: zone (Zone), dns (DNS),
 * zone_settings (Zone Settings), ssl (SSL and Certificates), rulesets (the group of the ruleset's phase).
 */
export const routes: readonly Route[] = [
  route("GET", "/client/v4/ips", "anyone", getIpRanges),
  route("GET", "/client/v4/user/tokens/verify", "any token", verifyToken),
  route("GET", "/client/v4/zones", "zone:read", listZones),
  route("GET", zone, "zone:read", getZone),

  route("GET", `${zone}/dns_records`, "dns:read", listDnsRecords),
  route("POST", `${zone}/dns_records`, "dns:edit", createDnsRecord),
  route("GET", `${zone}/dns_records/:record`, "dns:read", getDnsRecord),
  route("PUT", `${zone}/dns_records/:record`, "dns:edit", putDnsRecord),
  route("PATCH", `${zone}/dns_records/:record`, "dns:edit", patchDnsRecord),
  route("DELETE", `${zone}/dns_records/:record`, "dns:edit", deleteDnsRecord),

  route("GET", `${zone}/settings`, "zone_settings:read", listZoneSettings),
  route("GET", `${zone}/settings/:setting`, "zone_settings:read", getZoneSetting),
  route("PATCH", `${zone}/settings/:setting`, "zone_settings:edit", patchZoneSetting),

  route("GET", tieredCaching, "zone_settings:read", getSwitch("tiered_caching")),
  route("PATCH", tieredCaching, "zone_settings:edit", patchSwitch("tiered_caching")),
  route("GET", smartTopology, "zone_settings:read", getSwitch("tiered_cache_smart_topology_enable")),
  route("PATCH", smartTopology, "zone_settings:edit", patchSwitch("tiered_cache_smart_topology_enable")),
  route("DELETE", smartTopology, "zone_settings:edit", deleteSmartTopology),

  route("GET", "/client/v4/certificates", "ssl:read", listOriginCertificates),
  route("POST", "/client/v4/certificates", "ssl:edit", createOriginCertificate),
  route("GET", "/client/v4/certificates/:certificate", "ssl:read", getOriginCertificate),
  route("DELETE", "/client/v4/certificates/:certificate", "ssl:edit", revokeOriginCertificate),

  route("GET", pulls, "ssl:read", listClientCertificates),
  route("POST", pulls, "ssl:edit", uploadClientCertificate),
  route("GET", `${pulls}/settings`, "ssl:read", getOriginPullsSettings),
  route("PUT", `${pulls}/settings`, "ssl:edit", putOriginPullsSettings),
  route("GET", `${pulls}/:certificate`, "ssl:read", getClientCertificate),
  route("DELETE", `${pulls}/:certificate`, "ssl:edit", deleteClientCertificate),

  route("GET", `${zone}/rulesets`, "rulesets:read", listRulesets),
  route("POST", `${zone}/rulesets`, "rulesets:edit", createRuleset),
  route("GET", `${zone}/rulesets/:ruleset`, "rulesets:read", getRuleset),
  route("PUT", `${zone}/rulesets/:ruleset`, "rulesets:edit", putRuleset),
  route("DELETE", `${zone}/rulesets/:ruleset`, "rulesets:edit", deleteRuleset),
];

function route(method: Route["method"], path: string, scope: string, handler: Handler): Route {
  return { method, path, scope, handler };
}
