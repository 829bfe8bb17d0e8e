import { ports } from "../cloud-init/ports";
import { Port } from "../cloud-init/port";
import { Cidr } from "../cloud-init/cidr";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { type Problem, problemsOf, throwProblems } from "../cloud-init/problems";
import { checkEach, isGroup, shown } from "../cloud-init/value-checks";
import { type SiteTier, tiers } from "./naming";
import { checkOneOf } from "./settings-checks";

/** Where traffic comes from or goes to, besides the tiers. */
export const outsides = [
  /** Cloudflare's edge: the only one who may ask for the site. */
  "cloudflare",
  /** Any address. */
  "anywhere",
  /** The reserved IP, as seen by a load balancer that asks whether the site is served there. */
  "reserved-ip",
  /** Managed databases, which have addresses of the VPC but no droplets and so no tag. */
  "vpc",
  /** Addresses from which people log in, if there are any (`ssh.sources`). */
  "operators",
] as const;

/** Where traffic comes from or goes to, besides the tiers. */
export type Outside = (typeof outsides)[number];

/** A network, `192.0.2.0/24`, or one address, `192.0.2.7/32`. */
export type NetworkAddress = `${string}/${number}`;

/** A place in the traffic table; the name of a tier of yours is a text like any other for the compiler. */
export type Party = SiteTier | Outside | NetworkAddress | (string & Record<never, never>);

/** One kind of connection that is allowed; the answers to it need no line of their own. */
export interface Flow {
  /** Who opens the connection. */
  readonly from: Party;
  /** Who accepts it. */
  readonly to: Party;
  /** TCP, UDP or ICMP; nothing else can be allowed. */
  readonly protocol: Protocol;
  /** Destination port or range; none for ICMP. */
  readonly port?: PortOrRange;
}

/** What DigitalOcean's firewalls know. */
export type Protocol = "tcp" | "udp" | "icmp";

/** One port, or all from one to another. */
export type PortOrRange = number | `${number}-${number}`;

const { https, loadBalancerHealth, vxlan, web, app, nodeStatus, agentCheck, database, databasePool } = ports;

/**
 * Who may talk to whom. Everything else is dropped, in both directions: a cloud firewall without an outbound rule lets
 * nothing out. VRRP is not in the table because DigitalOcean's firewalls know TCP, UDP and ICMP only; it travels inside
 * VXLAN between the load balancers.
 */
export const siteFlows: readonly Flow[] = [
  { from: "cloudflare", to: "load-balancer", protocol: "tcp", port: https },
  // After a hand-over the new holder passes the old one's last answers on, which no firewall of its has seen begin; of one that
  // is lost, it tells Cloudflare which connections are dead.
  { from: "load-balancer", to: "cloudflare", protocol: "tcp", port: "1024-65535" },
  { from: "load-balancer", to: "load-balancer", protocol: "udp", port: vxlan },
  // The pair asks for each other's health over the VPC and through the reserved IP. Without both, neither could tell a
  // dead peer from a network that is cut.
  { from: "load-balancer", to: "load-balancer", protocol: "tcp", port: loadBalancerHealth },
  { from: "load-balancer", to: "reserved-ip", protocol: "tcp", port: loadBalancerHealth },

  { from: "load-balancer", to: "web", protocol: "tcp", port: web },
  { from: "load-balancer", to: "web", protocol: "tcp", port: agentCheck },
  ...applicationFlows("app"),
  ...databaseFlows("app"),

  ...tiers.map(readinessFlow),
  ...tiers.flatMap(nodeFlows),
];

/** How web nodes reach the application of a tier, and ask how it is. */
function applicationFlows(to: string): Flow[] {
  return [app, agentCheck].map((port) => ({ from: "web", to, protocol: "tcp", port }));
}

/** How a tier reaches the databases. */
function databaseFlows(from: string): Flow[] {
  return [database, databasePool].map((port) => ({ from, to: "vpc", protocol: "tcp", port }));
}

/** Readiness of any node is asked through the load balancers, so that no node needs a public port for it. */
function readinessFlow(to: string): Flow {
  return { from: "load-balancer", to, protocol: "tcp", port: nodeStatus };
}

/** DNS, time, packages and container images and the vendors' APIs, path MTU discovery; and SSH. */
function nodeFlows(tier: string): Flow[] {
  return [
    { from: tier, to: "anywhere", protocol: "udp", port: 53 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 53 },
    { from: tier, to: "anywhere", protocol: "udp", port: 123 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 80 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 443 },
    { from: tier, to: "anywhere", protocol: "icmp" },
    { from: "operators", to: tier, protocol: "tcp", port: 22 },
  ];
}

/** What DigitalOcean allows for one firewall, both directions together. */
export const maximumRules = 50;

/** The traffic table of one infrastructure: our flows, and the ones that are added to it. */
export class Traffic {
  private readonly tierNames: string[] = [...tiers];
  private readonly table: Flow[] = [...siteFlows];
  private readonly listeners: (() => void)[] = [];

  /** Throws a `SettingsError` when one of the flows cannot be; `traffic[0].port: …`. */
  public constructor(flows: readonly Flow[] = []) {
    throwProblems(checkTraffic("traffic", flows));
    this.table.push(...flows);
  }

  /** The tiers that have a firewall. */
  public get tiers(): readonly string[] {
    return this.tierNames;
  }

  /** Every kind of connection that is allowed. */
  public get flows(): readonly Flow[] {
    return this.table;
  }

  /** Allows one kind of connection more. Throws a `SettingsError` when it cannot be allowed. */
  public allow(flow: Flow): void {
    throwProblems(checkFlow("traffic", flow, this.tierNames));
    throwProblems(checkRuleCount("traffic", [...this.table, flow], this.tierNames));
    this.table.push(flow);
    this.listeners.forEach((listener) => listener());
  }

  /** Adds a tier, with what its nodes need as such. */
  public addTier(
    tier: string,
    { usesDatabase, isRouted = false }: { readonly usesDatabase: boolean; readonly isRouted?: boolean },
  ): void {
    this.tierNames.push(tier);
    this.table.push(readinessFlow(tier), ...nodeFlows(tier));
    this.table.push(...(isRouted ? applicationFlows(tier) : []), ...(usesDatabase ? databaseFlows(tier) : []));
    this.listeners.forEach((listener) => listener());
  }

  /** Calls `listener` after every change. */
  public onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
}

/** Problems of the flows that an infrastructure is given, before it has tiers of its own. */
export function checkTraffic(path: string, flows: readonly Flow[]): Problem[] {
  const problems = checkEach(path, flows, (at, flow) => checkFlow(at, flow, tiers));
  return problems.length > 0 ? problems : checkRuleCount(path, [...siteFlows, ...flows], tiers);
}

function checkFlow(path: string, flow: Flow, known: readonly string[]): Problem[] {
  const checkParty = (at: string, party: Party): Problem[] => {
    if (known.includes(party) || isOutside(party)) return [];
    const allowed = `one of ${[...known, ...outsides].join(", ")}, or a network such as 192.0.2.7/32`;
    return problemsOf(at, () => {
      if (typeof party !== "string" || !party.includes("/")) throw new Error(`must be ${allowed}, got ${shown(party)}`);
      Cidr.parse(party);
    });
  };
  const checks: Checks<Flow> = {
    from: (at, party) => {
      if (known.includes(flow.to) && (party === "anywhere" || /\/0$/.test(String(party))))
        return [{ path: at, message: `must not be the whole world, got ${shown(party)}, name the networks` }];
      if (party === "cloudflare" && flow.to !== "load-balancer")
        return [{ path: at, message: `may reach load-balancer only, got ${shown(flow.to)} as its destination` }];
      return checkParty(at, party);
    },
    to: checkParty,
    protocol: (at, protocol) => checkOneOf(at, protocol, ["tcp", "udp", "icmp"]),
    port: (at, port) =>
      flow.protocol === "icmp"
        ? [{ path: at, message: `must be left out for icmp, got ${shown(port)}` }]
        : checkPort(at, port),
  };
  const problems = checkGroup(path, flow, checks, { required: ["from", "to", "protocol"] });
  if (!isGroup(flow)) return problems;
  if (flow.port === undefined && ["tcp", "udp"].includes(flow.protocol))
    problems.push({ path: `${path}.port`, message: `is missing, ${flow.protocol} needs a port or a range` });
  if (!known.includes(flow.from) && !known.includes(flow.to) && problems.length === 0)
    problems.push({ path, message: `must begin or end at one of ${known.join(", ")}, got ${flow.from} to ${flow.to}` });
  return problems;
}

function checkPort(path: string, port: PortOrRange): Problem[] {
  return problemsOf(path, () => {
    if (typeof port === "number") return Port.parse(port);
    const [first, last] =
      /^(\d+)-(\d+)$/
        .exec(typeof port === "string" ? port : "")
        ?.slice(1)
        .map(Number) ?? [];
    if (first === undefined || last === undefined || first >= last)
      throw new Error(`must be a port or a range such as "8000-8100", got ${shown(port)}`);
    Port.parse(first);
    return Port.parse(last);
  });
}

function checkRuleCount(path: string, flows: readonly Flow[], known: readonly string[]): Problem[] {
  return known.flatMap((tier) => {
    const count = inboundRules(tier, flows).length + outboundRules(tier, flows).length;
    if (count <= maximumRules) return [];
    return [
      { path, message: `must leave ${tier} at most ${maximumRules} firewall rules, got ${count}, use port ranges` },
    ];
  });
}

/** Whether this is one of the places outside the tiers that have a name. */
export function isOutside(party: Party): party is Outside {
  return (outsides as readonly string[]).includes(party);
}

/** A rule of one tier's firewall: a protocol, a port, and everyone at the other end. */
export interface Rule {
  /** TCP, UDP or ICMP; nothing else can be allowed. */
  readonly protocol: Protocol;
  readonly port?: PortOrRange;
  readonly peers: readonly Party[];
}

/** The inbound rules of a tier. */
export function inboundRules(tier: string, flows: readonly Flow[]): Rule[] {
  return rules(flows.filter((flow) => flow.to === tier).map((flow) => ({ ...flow, peer: flow.from })));
}

/** The outbound rules of a tier. */
export function outboundRules(tier: string, flows: readonly Flow[]): Rule[] {
  return rules(flows.filter((flow) => flow.from === tier).map((flow) => ({ ...flow, peer: flow.to })));
}

/** One rule for each protocol and port, in the order of the table; "anywhere" covers every other peer. */
function rules(flows: readonly (Flow & { readonly peer: Party })[]): Rule[] {
  const byPort = new Map<string, { protocol: Protocol; port?: PortOrRange; peers: Set<Party> }>();
  for (const { protocol, port, peer } of flows) {
    const key = `${protocol} ${port}`;
    const rule = byPort.get(key) ?? { protocol, port, peers: new Set() };
    byPort.set(key, rule);
    rule.peers.add(peer);
  }
  return [...byPort.values()].map(({ protocol, port, peers }) => ({
    protocol,
    ...(port === undefined ? {} : { port }),
    peers: peers.has("anywhere") ? ["anywhere"] : [...peers],
  }));
}
