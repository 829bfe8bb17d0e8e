import type { EdgeHostname } from "../../../platform/platform";
import { settingDefinitions } from "./zone-settings";
import type { DnsRecord, Zone } from "./store";

/** A record that resolvers see as it is. */
export interface PublicRecord {
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

/** The names of a zone that go through the edge: proxied addresses, and proxied aliases of addresses in the zone. */
export function edgeHostnames(zone: Zone): EdgeHostname[] {
  const proxied = [...zone.records.values()].filter((record) => record.proxied);
  const names = [...new Set(proxied.map(({ name }) => name))];
  return names.map((hostname) => ({
    hostname,
    origins: originsOf(
      zone,
      proxied.filter(({ name }) => name === hostname),
    ),
    ssl: sslMode(zone),
    minimumTls: settingValue(zone, "min_tls_version") as EdgeHostname["minimumTls"],
    alwaysUseHttps: settingValue(zone, "always_use_https") === "on",
    originHttp: settingValue(zone, "origin_max_http_version") === "1" ? "1.1" : "2",
    clientCertificate: clientCertificateOf(zone),
  }));
}

/** The records that are not proxied. */
export function publicRecords(zone: Zone): PublicRecord[] {
  return [...zone.records.values()]
    .filter(({ proxied }) => !proxied)
    .map(({ name, type, content }) => ({ name, type, content }));
}

/** The value of a setting now. */
export function settingValue(zone: Zone, name: string): unknown {
  return zone.settings.get(name)?.value ?? settingDefinitions[name]?.initial;
}

function originsOf(zone: Zone, records: readonly DnsRecord[]): string[] {
  return records.flatMap((record) => {
    if (record.type !== "CNAME") return [record.content];
    const targets = [...zone.records.values()].filter(({ name, type }) => name === record.content && type !== "CNAME");
    return targets.filter(({ type }) => type === "A" || type === "AAAA").map(({ content }) => content);
  });
}

/** "origin_pull" is Cloudflare's API name of the paid mode that checks the origin as "strict" does. */
function sslMode(zone: Zone): EdgeHostname["ssl"] {
  const mode = settingValue(zone, "ssl");
  return mode === "origin_pull" ? "strict" : (mode as EdgeHostname["ssl"]);
}

/** The zone's own certificate, the newest one, while Authenticated Origin Pulls are enabled. */
function clientCertificateOf(zone: Zone): EdgeHostname["clientCertificate"] {
  const newest = [...zone.clientCertificates.values()].at(-1);
  if (!zone.authenticatedOriginPulls || !newest) return undefined;
  return { certificate: newest.certificate, privateKey: newest.privateKey };
}
