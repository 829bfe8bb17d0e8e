import type { FirewallRule, FirewallRules } from "../platform/platform";
import { formatIpv4, mergeRanges, parseIpv4Range } from "../platform/ipv4-range";

/** Every TCP, UDP and ICMP packet, in both directions: what a firewall with no restriction of a direction has. */
export const EVERYTHING: readonly FirewallRule[] = (["tcp", "udp", "icmp"] as const).map((protocol) => ({
  protocol,
  addresses: ["0.0.0.0/0"],
}));

/**
 * The nftables commands that replace a node's chains, in one transaction. With a firewall, only what a rule names goes
 * on; the rest is dropped, whatever its protocol (DigitalOcean's firewalls know TCP, UDP and ICMP only). Without one
 * (undefined), everything goes on. `cloud.nft` has what comes before and after.
 */
export function renderFirewallChains(nodeName: string, rules: FirewallRules | undefined): string {
  const inbound = renderChain(`in_${nodeName}`, "saddr", rules?.inbound);
  return inbound + renderChain(`out_${nodeName}`, "daddr", rules?.outbound);
}

function renderChain(chain: string, peer: "saddr" | "daddr", rules: readonly FirewallRule[] | undefined): string {
  const lines = [`add chain inet cloud ${chain}`, `flush chain inet cloud ${chain}`];
  for (const rule of rules ?? []) {
    const match = renderMatch(rule, peer);
    if (match !== undefined) lines.push(`add rule inet cloud ${chain} ${match} return`);
  }
  if (rules) lines.push(`add rule inet cloud ${chain} counter drop`);
  return lines.map((line) => `${line}\n`).join("");
}

function renderMatch(rule: FirewallRule, peer: "saddr" | "daddr"): string | undefined {
  const ranges = mergeRanges(rule.addresses.map(parseIpv4Range).filter((range) => range !== undefined));
  if (ranges.length === 0) return undefined;
  const elements = ranges.map(({ first, last }) =>
    first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`,
  );
  const everyone = ranges[0]!.first === 0 && ranges[0]!.last === 2 ** 32 - 1;
  const address = everyone ? "" : `ip ${peer} { ${elements.join(", ")} } `;
  return address + renderProtocol(rule);
}

function renderProtocol({ protocol, ports }: FirewallRule): string {
  if (ports === undefined) return `meta l4proto ${protocol}`;
  if (protocol === "icmp") throw new Error(`icmp rule: cannot have ports, got ${JSON.stringify(ports)}`);
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports) ?? [];
  if (first === undefined || Number(last ?? first) > 65535 || Number(first) > Number(last ?? first)) {
    throw new Error(`ports: must be a port or a range such as 8000-8010, got ${JSON.stringify(ports)}`);
  }
  return `${protocol} dport ${ports}`;
}
