import { ports } from "../cloud-init/ports";
import type { Tier } from "./naming";

/** Where traffic comes from or goes to, besides the tiers. */
export type Outside =
  /** Cloudflare's edge: the only one who may ask for the site. */
  | "cloudflare"
  /** Any address. */
  | "anywhere"
  /** The reserved IP, as seen by a load balancer that asks whether the site is served there. */
  | "reserved-ip"
  /** Managed databases, which have addresses of the VPC but no droplets and so no tag. */
  | "vpc"
  /** Addresses from which people log in, if there are any. */
  | "operators";

/** A place in the traffic table. */
export type Party = Tier | Outside;

/** One kind of connection that is allowed; the answers to it need no line of their own. */
export interface Flow {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** Destination port or range; none for ICMP. */
  readonly port?: Port;
}

export type Port = number | `${number}-${number}`;

const { https, loadBalancerHealth, vxlan, web, app, nodeStatus, agentCheck, database, databasePool } = ports;

/**
 * Who may talk to whom. Everything else is dropped, in both directions: a cloud firewall without an outbound rule lets
 * nothing out. VRRP is not in the table because DigitalOcean's firewalls know TCP, UDP and ICMP only; it travels inside
 * VXLAN between the load balancers.
 */
export const traffic: readonly Flow[] = [
  { from: "cloudflare", to: "load-balancer", protocol: "tcp", port: https },
  // After a hand-over the new holder passes the old one's last answers on, which no firewall of its has seen begin.
  { from: "load-balancer", to: "cloudflare", protocol: "tcp", port: "1024-65535" },
  { from: "load-balancer", to: "load-balancer", protocol: "udp", port: vxlan },
  // The pair asks for each other's health over the VPC and through the reserved IP, or every split is an argument.
  { from: "load-balancer", to: "load-balancer", protocol: "tcp", port: loadBalancerHealth },
  { from: "load-balancer", to: "reserved-ip", protocol: "tcp", port: loadBalancerHealth },

  { from: "load-balancer", to: "web", protocol: "tcp", port: web },
  { from: "load-balancer", to: "web", protocol: "tcp", port: agentCheck },
  { from: "web", to: "app", protocol: "tcp", port: app },
  { from: "web", to: "app", protocol: "tcp", port: agentCheck },
  { from: "app", to: "vpc", protocol: "tcp", port: database },
  { from: "app", to: "vpc", protocol: "tcp", port: databasePool },

  // Readiness of any node is asked through the load balancers, so that no node needs a public port for it.
  { from: "load-balancer", to: "load-balancer", protocol: "tcp", port: nodeStatus },
  { from: "load-balancer", to: "web", protocol: "tcp", port: nodeStatus },
  { from: "load-balancer", to: "app", protocol: "tcp", port: nodeStatus },

  // DNS, time, packages and container images and the vendors' APIs, path MTU discovery.
  ...(["load-balancer", "web", "app"] as const).flatMap((tier): Flow[] => [
    { from: tier, to: "anywhere", protocol: "udp", port: 53 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 53 },
    { from: tier, to: "anywhere", protocol: "udp", port: 123 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 80 },
    { from: tier, to: "anywhere", protocol: "tcp", port: 443 },
    { from: tier, to: "anywhere", protocol: "icmp" },
    { from: "operators", to: tier, protocol: "tcp", port: 22 },
  ]),
];

/** A rule of one tier's firewall: a protocol, a port, and everyone at the other end. */
export interface Rule {
  readonly protocol: Flow["protocol"];
  readonly port?: Port;
  readonly peers: readonly Party[];
}

/** The inbound rules of a tier. */
export function inboundRules(tier: Tier, flows: readonly Flow[] = traffic): Rule[] {
  return rules(flows.filter((flow) => flow.to === tier).map((flow) => ({ ...flow, peer: flow.from })));
}

/** The outbound rules of a tier. */
export function outboundRules(tier: Tier, flows: readonly Flow[] = traffic): Rule[] {
  return rules(flows.filter((flow) => flow.from === tier).map((flow) => ({ ...flow, peer: flow.to })));
}

/** One rule for each protocol and port, in the order of the table; "anywhere" covers every other peer. */
function rules(flows: readonly (Flow & { readonly peer: Party })[]): Rule[] {
  const byPort = new Map<string, { protocol: Flow["protocol"]; port?: Port; peers: Set<Party> }>();
  for (const { protocol, port, peer } of flows) {
    const key = `${protocol} ${port}`;
    const rule = byPort.get(key) ?? { protocol, port, peers: new Set() };
    byPort.set(key, rule);
    rule.peers.add(peer);
  }
  return [...byPort.values()].map(({ protocol, port, peers }) => ({
    protocol,
    ...(port === undefined ? {} : { port }),
    peers: peers.has("anywhere") ? ["anywhere" as const] : [...peers],
  }));
}
