import {
  type Attributes,
  type Configuration,
  type Resource,
  listOf,
  referredTo,
  resourcesOf,
  written,
} from "./configuration";
import type { DropletGroup } from "./droplet-groups";
import { ALL_PORTS, type PortRange, common, formatPortRanges, parsePortRange } from "./port-ranges";

/** Who may open connections to whom. */
export interface Reach {
  /** A group of droplets, "any address", "Cloudflare", or a network. */
  readonly from: string;
  /** A group of droplets, a database, or one of the above. */
  readonly to: string;
  /** tcp, udp, icmp; "any" where no firewall is. */
  readonly protocol: string;
  /** "80, 8000-8100", "all"; empty for icmp. */
  readonly ports: string;
}

export const ANY_ADDRESS = "any address";
export const CLOUDFLARE = "Cloudflare";
/** The server's and the connection pools' (https://docs.digitalocean.com/products/databases/postgresql/). */
const DATABASE_PORTS: PortRange = { first: 25060, last: 25061 };

/**
 * The whole matrix, from the firewalls of droplets and databases. What may go from one droplet to another is what both
 * their firewalls let through. Answers need no rule. Pure.
 */
export function reachability(configuration: Configuration, groups: readonly DropletGroup[]): Reach[] {
  const found = new Cells();
  for (const group of groups) {
    reachOfGroup(configuration, groups, group, found);
    reachOutside(configuration, group, found);
  }
  for (const database of databasesOf(configuration)) reachOfDatabase(configuration, groups, database, found);
  return found.list();
}

/** Clusters and their replicas. */
export function databasesOf(configuration: Configuration): Resource[] {
  return ["digitalocean_database_cluster", "digitalocean_database_replica"].flatMap((type) =>
    resourcesOf(configuration, type),
  );
}

function reachOfGroup(
  configuration: Configuration,
  groups: readonly DropletGroup[],
  target: DropletGroup,
  found: Cells,
): void {
  if (target.firewalls.length === 0) found.add(ANY_ADDRESS, target.name, "any", ALL_PORTS);
  for (const rule of rulesOf(target, "inbound_rule")) {
    const ports = parsePortRange(rule.port_range);
    const peers = peersOf(configuration, rule, "source");
    for (const address of peers.addresses) found.add(address, target.name, rule.protocol, ports);
    for (const source of groups.filter((group) => isPeer(group, peers))) {
      for (const sent of letOut(configuration, source, target, rule.protocol))
        found.add(source.name, target.name, rule.protocol, common(ports, sent));
    }
  }
}

function reachOutside(configuration: Configuration, group: DropletGroup, found: Cells): void {
  if (group.firewalls.length === 0) found.add(group.name, ANY_ADDRESS, "any", ALL_PORTS);
  for (const rule of rulesOf(group, "outbound_rule"))
    for (const address of peersOf(configuration, rule, "destination").addresses)
      found.add(group.name, address, rule.protocol, parsePortRange(rule.port_range));
}

function reachOfDatabase(
  configuration: Configuration,
  groups: readonly DropletGroup[],
  { address, attributes }: Resource,
  found: Cells,
): void {
  const firewalls = resourcesOf(configuration, "digitalocean_database_firewall").filter(
    (firewall) => referredTo(firewall.attributes.cluster_id) === address,
  );
  // A database without trusted sources is open to everybody who knows a password.
  if (firewalls.length === 0) found.add(ANY_ADDRESS, attributes.name, "tcp", DATABASE_PORTS);
  for (const { type, value } of firewalls.flatMap((firewall) => listOf(firewall.attributes.rule) as Attributes[])) {
    if (type === "ip_addr") found.add(networkName(String(value)), attributes.name, "tcp", DATABASE_PORTS);
    for (const source of groups) {
      const isTrusted = type === "tag" && source.tags.has(written(configuration, value));
      const isNamed = type === "droplet" && source.droplets.some((droplet) => droplet.address === referredTo(value));
      if (!isTrusted && !isNamed) continue;
      for (const sent of letOut(configuration, source, undefined, "tcp"))
        found.add(source.name, attributes.name, "tcp", common(DATABASE_PORTS, sent));
    }
  }
}

/** What a group's firewalls let out to another group, or to databases in the network (undefined). */
function letOut(
  configuration: Configuration,
  source: DropletGroup,
  target: DropletGroup | undefined,
  protocol: string,
): PortRange[] {
  if (source.firewalls.length === 0) return [ALL_PORTS];
  return rulesOf(source, "outbound_rule")
    .filter((rule) => rule.protocol === protocol)
    .filter((rule) => {
      const peers = peersOf(configuration, rule, "destination");
      const isInside = peers.isVpc || peers.addresses.some((address) => address === ANY_ADDRESS || isPrivate(address));
      return isInside || (target !== undefined && isPeer(target, peers));
    })
    .map((rule) => parsePortRange(rule.port_range));
}

interface Peers {
  /** Outside of the stack, by the names that `Reach` has for them. */
  readonly addresses: readonly string[];
  readonly tags: ReadonlySet<string>;
  readonly droplets: ReadonlySet<string>;
  /** The whole range of the network that the droplets are in. */
  readonly isVpc: boolean;
}

function peersOf(configuration: Configuration, rule: Attributes, end: "source" | "destination"): Peers {
  const addresses = listOf(rule[`${end}_addresses`]).map(String);
  const outside = addresses.filter((address) => !/digitalocean_(vpc|reserved_ip)\./.test(address));
  return {
    addresses: [...new Set(outside.map(networkName))],
    tags: new Set(listOf(rule[`${end}_tags`]).map((tag) => written(configuration, tag))),
    droplets: new Set(listOf(rule[`${end}_droplet_ids`]).map((id) => referredTo(id) ?? "")),
    isVpc: addresses.some((address) => address.includes("digitalocean_vpc.")),
  };
}

function isPeer(group: DropletGroup, peers: Peers): boolean {
  const isNamed = group.droplets.some(({ address }) => peers.droplets.has(address));
  return peers.isVpc || isNamed || [...group.tags].some((tag) => peers.tags.has(tag));
}

function networkName(address: string): string {
  if (/\/0$/.test(address)) return ANY_ADDRESS;
  return address.includes("data.cloudflare_ip_ranges.") ? CLOUDFLARE : address;
}

/** A network that droplets or databases of the stack may well be in (RFC 1918). */
function isPrivate(address: string): boolean {
  return /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\./.test(address);
}

function rulesOf({ firewalls }: DropletGroup, direction: "inbound_rule" | "outbound_rule"): Attributes[] {
  return firewalls.flatMap(({ attributes }) => listOf(attributes[direction]) as Attributes[]);
}

/** Collects port ranges by who, whom and how. */
class Cells {
  private readonly ranges = new Map<string, { readonly reach: Omit<Reach, "ports">; readonly ports: PortRange[] }>();

  add(from: string, to: string, protocol: string, ports: PortRange | undefined): void {
    if (ports === undefined) return;
    const key = JSON.stringify([to, from, protocol]);
    const cell = this.ranges.get(key) ?? { reach: { from, to, protocol }, ports: [] };
    this.ranges.set(key, cell);
    cell.ports.push(ports);
  }

  /** By whom, then by who. */
  list(): Reach[] {
    return [...this.ranges.entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { reach, ports }]) => ({ ...reach, ports: reach.protocol === "icmp" ? "" : formatPortRanges(ports) }));
  }
}
