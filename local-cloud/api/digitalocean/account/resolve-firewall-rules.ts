import type { FirewallRule, FirewallRules } from "../../../platform/platform";
import { asCidr } from "../../../platform/ipv4-range";
import { hasTag, type DropletRecord, type FirewallPeers, type FirewallRecord, type FirewallRuleRecord } from "./store";

/** What the resolver must know of a droplet. */
export type FirewallMember = Pick<DropletRecord, "id" | "tags" | "publicAddress" | "privateAddress">;

/** What the resolver must know of a firewall. */
export type FirewallSource = Pick<FirewallRecord, "inbound" | "outbound" | "dropletIds" | "tags">;

/**
 * The rules in front of one droplet: those of every firewall attached to it by id or by tag, added up, with tags and
 * droplet ids resolved to the public and private addresses of the droplets. undefined when no firewall is attached.
 */
export function resolveFirewallRules(
  droplet: FirewallMember,
  firewalls: readonly FirewallSource[],
  droplets: readonly FirewallMember[],
): FirewallRules | undefined {
  const attached = firewalls.filter(
    (firewall) => firewall.dropletIds.includes(droplet.id) || firewall.tags.some((tag) => hasTag(droplet.tags, tag)),
  );
  if (attached.length === 0) return undefined;
  return {
    inbound: distinct(attached.flatMap((firewall) => firewall.inbound.flatMap((rule) => resolve(rule, droplets)))),
    outbound: distinct(attached.flatMap((firewall) => firewall.outbound.flatMap((rule) => resolve(rule, droplets)))),
  };
}

function resolve(rule: FirewallRuleRecord, droplets: readonly FirewallMember[]): FirewallRule[] {
  const addresses = resolvePeers(rule.peers, droplets);
  if (addresses.length === 0) return [];
  const everyPort = rule.protocol === "icmp" || rule.ports === "0" || rule.ports === "1-65535";
  return [{ protocol: rule.protocol, ...(!everyPort && { ports: rule.ports }), addresses }];
}

function resolvePeers(peers: FirewallPeers, droplets: readonly FirewallMember[]): string[] {
  const members = droplets.filter(
    (droplet) =>
      (peers.droplet_ids ?? []).includes(droplet.id) || (peers.tags ?? []).some((tag) => hasTag(droplet.tags, tag)),
  );
  const cidrs = [...(peers.addresses ?? []).map(asCidr), ...members.flatMap(addressesOf)];
  return [...new Set(cidrs)].sort();
}

/** Both addresses by which a droplet meets others, as CIDRs. */
export function addressesOf(droplet: FirewallMember): string[] {
  return [asCidr(droplet.publicAddress), asCidr(droplet.privateAddress)];
}

function distinct(rules: readonly FirewallRule[]): FirewallRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
