import { asCidr } from "../../../platform/ipv4-range";
import { addressesOf, type FirewallMember } from "./resolve-firewall-rules";
import { hasTag, type DatabaseFirewallRule } from "./store";

/**
 * The CIDRs that may connect to a database by its rules; undefined, open to everyone, while it has none. A tag or a
 * droplet counts with its public and its private address.
 */
export function resolveTrustedSources(
  rules: ReadonlyArray<Pick<DatabaseFirewallRule, "type" | "value">>,
  droplets: readonly FirewallMember[],
): string[] | undefined {
  if (rules.length === 0) return undefined;
  const cidrs = rules.flatMap(({ type, value }) => {
    if (type === "ip_addr") return [asCidr(value)];
    if (type === "tag") return droplets.filter(({ tags }) => hasTag(tags, value)).flatMap(addressesOf);
    if (type === "droplet") return droplets.filter(({ id }) => `${id}` === value).flatMap(addressesOf);
    return [];
  });
  return [...new Set(cidrs)].sort();
}
