import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadNftRules } from "../../programs/load-nft-rules";
import { runProgram, tryRunProgram } from "../../programs/run-program";
import type { FirewallRules, Network, Vpc } from "../platform/platform";
import { Turns } from "../../programs/turns";
import { addressPlan, macAddresses } from "../platform/address-plan";
import { renderFirewallChains } from "./firewall-chain";
import { addressInRange } from "../platform/ipv4-range";

/** Where a node (droplet or database server) is in the network. */
export interface NodePlace {
  readonly publicAddress: string;
  /** Droplets only. */
  readonly anchorAddress?: string;
  readonly privateAddress: string;
  readonly vpc: Vpc;
}

/** A part of the network that lets nothing pass. Interfaces, addresses and routes stay as they are. */
export type Breakage =
  | { readonly kind: "side"; readonly node: string; readonly side: "public" | "vpc" }
  /** The VPC between two nodes, in both directions. */
  | { readonly kind: "between"; readonly nodes: readonly [string, string] }
  /** What a node sends to an address from its public side: the metadata service, an API. */
  | { readonly kind: "service"; readonly node: string; readonly address: string }
  /** An address of the edge. */
  | { readonly kind: "edge-address"; readonly address: string }
  /** One connection of the edge's. */
  | { readonly kind: "edge-connection"; readonly address: string; readonly port: number };

/** The sets that breakages are in (cloud.nft). */
const BROKEN_SETS = [
  ...["broken_ports", "broken_pairs", "unreachable"],
  ...["broken_edge_addresses", "broken_edge_connections"],
];

/** A reserved IP began to lead to a droplet, or to nowhere, at this time (milliseconds since 1970). */
export interface ReservedIpMove {
  readonly at: number;
  readonly address: string;
  readonly dropletId: number | undefined;
}

/** The name of a droplet's node: its namespace is `n-<name>`, its interfaces on the router `p-<name>` and `v-<name>`. */
export function dropletNode(id: number): string {
  return `d${id}`;
}

/** The path of a node's network namespace, or of `internet` and `edge`, inside the cloud. */
export function namespacePath(namespace: string): string {
  return `/run/netns/${namespace}`;
}

/**
 * The routers, hypervisors' switches and cloud firewalls. Runs inside the outer cloud, whose own network namespace is
 * the router; all its state is in the kernel and ends with that. Calls take effect one after another, in their order.
 */
export class CloudNetwork implements Network {
  private readonly places = new Map<string, NodePlace>();
  private readonly rules = new Map<string, FirewallRules>();
  private readonly reserved = new Map<string, number>();
  /** What the kernel's maps hold: reserved IP -> anchor address. */
  private readonly routed = new Map<string, string>();
  private readonly off = new Set<string>();
  private readonly vpcNumbers = new Map<string, number>();
  private readonly turns = new Turns();
  private movesToRefuse = 0;
  /** Every move of a reserved IP so far, in order. */
  readonly reservedIpMoves: ReservedIpMove[] = [];

  /** Sets up what is there before the first node: the router, `internet`, `edge` and the addresses of the services. */
  async start(): Promise<void> {
    setKernelParameter("net/ipv4/ip_forward", 1);
    for (const scope of ["all", "default"]) {
      setKernelParameter(`net/ipv6/conf/${scope}/disable_ipv6`, 1);
      setKernelParameter(`net/ipv4/conf/${scope}/rp_filter`, 0);
      setKernelParameter(`net/ipv4/conf/${scope}/send_redirects`, 0);
    }
    const { anchor, digitalOceanApi, cloudflareApi, packageMirror, nameServer, metadata } = addressPlan;
    const own = [digitalOceanApi, cloudflareApi, packageMirror, nameServer, metadata];
    await ip([
      "link set lo up",
      ...[...own, addressPlan.public.gateway, anchor.gateway].map((address) => `address add ${address}/32 dev lo`),
    ]);
    await makeOutsideNamespace("internet", addressPlan.internet);
    await makeOutsideNamespace("edge", addressPlan.edge);
    await ip(
      addressPlan.edge.locations.map((address) => `address add ${address}/32 dev eth0`),
      "edge",
    );
    await runProgram(["nft", "--file", join(__dirname, "cloud.nft")]);
  }

  /**
   * Makes a node's namespace with its two interfaces (`eth0` public, `eth1` VPC), without addresses: a droplet sets its
   * own, for database servers there is `configureInterfaces`. What was in an earlier namespace of the node is
   * gone, as after a reset. A node starts cut off from the network: `connect` it.
   */
  attach(nodeName: string, place: NodePlace): Promise<void> {
    return this.turns.run(async () => {
      if (!this.places.has(nodeName)) await this.addToTables(nodeName, place);
      this.places.set(nodeName, place);
      await removeInterfaces(nodeName);
      await makeInterfaces(nodeName, place);
      await this.applyReservedIps();
    });
  }

  /** Gives a node's interfaces their addresses and routes, as cloud-init does in a droplet. */
  async configureInterfaces(nodeName: string): Promise<void> {
    const place = this.placeOf(nodeName);
    const vpcPrefix = place.vpc.ipRange.split("/")[1];
    await ip(
      [
        "link set lo up",
        `address replace ${place.publicAddress}/24 dev eth0`,
        `address replace ${place.privateAddress}/${vpcPrefix} dev eth1`,
        "link set eth0 up",
        "link set eth1 up",
        `route replace default via ${addressPlan.public.gateway}`,
      ],
      `n-${nodeName}`,
    );
  }

  /** Lets packets pass to and from a node. */
  connect(nodeName: string): Promise<void> {
    return this.turns.run(() => this.switchPorts(nodeName, false));
  }

  /** Drops every packet to and from a node, as if its machine were not there: no reset, no answer to a ping. */
  cutOff(nodeName: string): Promise<void> {
    return this.turns.run(() => this.switchPorts(nodeName, true));
  }

  /** Removes a node and everything that is known of it. */
  detach(nodeName: string): Promise<void> {
    return this.turns.run(async () => {
      for (const [address, dropletId] of this.reserved) {
        if (dropletNode(dropletId) === nodeName) this.reserved.delete(address);
      }
      await this.applyReservedIps();
      this.rules.delete(nodeName);
      const place = this.places.get(nodeName);
      if (!place) return;
      await removeInterfaces(nodeName);
      const ports = this.off.has(nodeName) ? [`delete element inet cloud ports_off { ${bothPorts(nodeName)} }`] : [];
      await nft([...ports, ...this.elements(nodeName, place).map((element) => `delete element inet cloud ${element}`)]);
      await nft([`delete chain inet cloud in_${nodeName}`, `delete chain inet cloud out_${nodeName}`]);
      this.off.delete(nodeName);
      this.places.delete(nodeName);
    });
  }

  setFirewall(id: number, rules: FirewallRules | undefined): Promise<void> {
    return this.setRules(dropletNode(id), rules);
  }

  /** `setFirewall` for any node. May be called before `attach`: the node then never is without its rules. */
  setRules(nodeName: string, rules: FirewallRules | undefined): Promise<void> {
    return this.turns.run(async () => {
      const commands = renderFirewallChains(nodeName, rules);
      if (this.places.has(nodeName)) await nft([commands]);
      if (rules) this.rules.set(nodeName, rules);
      else this.rules.delete(nodeName);
    });
  }

  /** May be called before `attach`. A reserved IP of a droplet that goes away leads nowhere. */
  routeReservedIp(address: string, dropletId: number | undefined): Promise<void> {
    return this.turns.run(async () => {
      if (this.movesToRefuse > 0) {
        this.movesToRefuse--;
        throw new Error(`reserved IP ${address}: not moved, a fault is switched on`);
      }
      if (dropletId === undefined) this.reserved.delete(address);
      else this.reserved.set(address, dropletId);
      await this.applyReservedIps();
      this.reservedIpMoves.push({ at: Date.now(), address, dropletId });
    });
  }

  /** Replaces all that is broken; an empty list repairs everything. Also for nodes that are off, or come later. */
  setBreakages(breakages: readonly Breakage[]): Promise<void> {
    return this.turns.run(() =>
      nft([
        ...BROKEN_SETS.map((set) => `flush set inet cloud ${set}`),
        ...breakages.map((breakage) => `add element inet cloud ${renderBreakage(breakage)}`),
      ]),
    );
  }

  /** The edge's end of each connection that it has to an origin. */
  async edgeConnections(): Promise<Array<{ readonly address: string; readonly port: number }>> {
    const filter = "( dport = :443 or dport = :80 )";
    const listed = await runProgram(["ip", "netns", "exec", "edge", "ss", "-Htn", "state", "established", filter]);
    return listed.split("\n").flatMap((line) => {
      const [address, port] = line.trim().split(/\s+/)[2]?.split(":") ?? [];
      return address === undefined ? [] : [{ address, port: Number(port) }];
    });
  }

  /** The next moves of a reserved IP fail, after which the API's action is "errored"; 0 ends that. */
  refuseMoves(count: number): void {
    this.movesToRefuse = count;
  }

  private async addToTables(nodeName: string, place: NodePlace): Promise<void> {
    await ip([`address replace ${addressInRange(place.vpc.ipRange, 1)}/32 dev lo`]);
    await nft([
      renderFirewallChains(nodeName, this.rules.get(nodeName)),
      `add element inet cloud ports_off { ${bothPorts(nodeName)} }`,
      ...this.elements(nodeName, place).map((element) => `add element inet cloud ${element}`),
    ]);
    this.off.add(nodeName);
  }

  private elements(nodeName: string, place: NodePlace): string[] {
    const [p, v] = [`p-${nodeName}`, `v-${nodeName}`];
    const publicSources = [place.publicAddress, ...(place.anchorAddress ? [place.anchorAddress] : [])];
    const sources = [...publicSources.map((address) => `${p} . ${address}`), `${v} . ${place.privateAddress}`];
    const vpc = this.vpcNumber(place.vpc);
    return [
      `sources { ${sources.join(", ")} }`,
      `vpc_of { ${v} : ${vpc} }`,
      `vpc_ports { ${v} . ${vpc} }`,
      `inbound { ${p} : jump in_${nodeName}, ${v} : jump in_${nodeName} }`,
      `outbound { ${p} : jump out_${nodeName}, ${v} : jump out_${nodeName} }`,
    ];
  }

  private vpcNumber(vpc: Vpc): number {
    const number = this.vpcNumbers.get(vpc.uuid) ?? this.vpcNumbers.size + 1;
    this.vpcNumbers.set(vpc.uuid, number);
    return number;
  }

  private async switchPorts(nodeName: string, off: boolean): Promise<void> {
    if (!this.places.has(nodeName) || this.off.has(nodeName) === off) return;
    await nft([`${off ? "add" : "delete"} element inet cloud ports_off { ${bothPorts(nodeName)} }`]);
    if (off) this.off.add(nodeName);
    else this.off.delete(nodeName);
  }

  /** Brings the kernel's maps to what `reserved` says, in one transaction. */
  private async applyReservedIps(): Promise<void> {
    const wanted = new Map<string, string>();
    for (const [address, dropletId] of this.reserved) {
      const anchor = this.places.get(dropletNode(dropletId))?.anchorAddress;
      if (anchor !== undefined) wanted.set(address, anchor);
    }
    const differs = (from: Map<string, string>, to: Map<string, string>) =>
      [...from].filter(([address, anchor]) => to.get(address) !== anchor);
    const gone = differs(this.routed, wanted);
    const added = differs(wanted, this.routed);
    await nft([
      ...gone.flatMap(([address, anchor]) => [
        `delete element inet cloud reserved { ${address} }`,
        `delete element inet cloud anchors { ${anchor} }`,
      ]),
      ...added.flatMap(([address, anchor]) => [
        `add element inet cloud reserved { ${address} : ${anchor} }`,
        `add element inet cloud anchors { ${anchor} : ${address} }`,
      ]),
    ]);
    for (const [address] of gone) this.routed.delete(address);
    for (const [address, anchor] of added) this.routed.set(address, anchor);
  }

  private placeOf(nodeName: string): NodePlace {
    const place = this.places.get(nodeName);
    if (!place) throw new Error(`node ${nodeName}: is not attached to the network`);
    return place;
  }
}

interface OutsideNetwork {
  readonly range: string;
  readonly gateway: string;
  readonly host: string;
}

async function makeOutsideNamespace(
  name: "internet" | "edge",
  { range, gateway, host }: OutsideNetwork,
): Promise<void> {
  const prefix = range.split("/")[1];
  await ip([
    `netns add ${name}`,
    `link add c-${name} type veth peer name eth0 netns ${name}`,
    `address add ${gateway}/${prefix} dev c-${name}`,
    `link set c-${name} up`,
  ]);
  await ip(
    [
      "link set lo up",
      `address add ${host}/${prefix} dev eth0`,
      "link set eth0 up",
      `route add default via ${gateway}`,
    ],
    name,
  );
}

async function makeInterfaces(nodeName: string, place: NodePlace): Promise<void> {
  const mac = macAddresses(place.publicAddress);
  const [p, v] = [`p-${nodeName}`, `v-${nodeName}`];
  await ip([
    `netns add n-${nodeName}`,
    `link add ${p} type veth peer name eth0 netns n-${nodeName} address ${mac.public}`,
    `link add ${v} type veth peer name eth1 netns n-${nodeName} address ${mac.private}`,
  ]);
  // The router answers for every address that it has a route to, so a node sees its neighbours as on one wire, and
  // nobody can take an address by announcing it.
  for (const port of [p, v]) {
    setKernelParameter(`net/ipv4/conf/${port}/proxy_arp`, 1);
    setKernelParameter(`net/ipv4/neigh/${port}/proxy_delay`, 0);
  }
  await ip([
    `link set ${p} up`,
    `link set ${v} up`,
    `route replace ${place.publicAddress}/32 dev ${p}`,
    ...(place.anchorAddress ? [`route replace ${place.anchorAddress}/32 dev ${p}`] : []),
    `route replace ${place.privateAddress}/32 dev ${v}`,
  ]);
}

/** The kernel takes a namespace apart in its own time; the interfaces' names are free at once only if deleted here. */
async function removeInterfaces(nodeName: string): Promise<void> {
  await ip([`link delete p-${nodeName}`, `link delete v-${nodeName}`, `netns delete n-${nodeName}`], undefined, true);
}

function renderBreakage(breakage: Breakage): string {
  switch (breakage.kind) {
    case "side":
      return `broken_ports { ${breakage.side === "public" ? "p" : "v"}-${breakage.node} }`;
    case "between": {
      const [one, other] = breakage.nodes.map((node) => `v-${node}`);
      return `broken_pairs { ${one} . ${other}, ${other} . ${one} }`;
    }
    case "service":
      return `unreachable { p-${breakage.node} . ${breakage.address} }`;
    case "edge-address":
      return `broken_edge_addresses { ${breakage.address} }`;
    case "edge-connection":
      return `broken_edge_connections { ${breakage.address} . ${breakage.port} }`;
  }
}

function bothPorts(nodeName: string): string {
  return `p-${nodeName}, v-${nodeName}`;
}

function setKernelParameter(path: string, value: number): void {
  writeFileSync(`/proc/sys/${path}`, String(value));
}

async function nft(commands: readonly string[]): Promise<void> {
  if (commands.length > 0) await loadNftRules(`${commands.join("\n")}\n`);
}

async function ip(commands: readonly string[], namespace?: string, force = false): Promise<void> {
  const options = [...(namespace ? ["-netns", namespace] : []), ...(force ? ["-force"] : [])];
  const argv = ["ip", ...options, "-batch", "-"];
  const input = `${commands.join("\n")}\n`;
  if (force) await tryRunProgram(argv, { input });
  else await runProgram(argv, { input });
}
