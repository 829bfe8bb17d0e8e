import { execFileSync } from "node:child_process";
import { macAddresses } from "../../../local-cloud/platform/address-plan";
import type { DatabaseNodeAddresses, FirewallRules } from "../../../local-cloud/platform/platform";
import type { DatabaseNetwork } from "../../../local-cloud/postgres/database-context";

/**
 * Real network namespaces on one switch, in a namespace of its own, with the rules only written down. Names carry the
 * process id, so that several runs can be on one machine.
 */
export class DatabaseNetworkForTests implements DatabaseNetwork {
  readonly rules = new Map<string, FirewallRules | undefined>();
  private readonly prefix: string;
  private readonly places = new Map<string, DatabaseNodeAddresses>();

  constructor(purpose: string) {
    this.prefix = `${purpose}${process.pid}-`;
    this.addNamespace("switch");
    this.ip("switch", "link add bridge type bridge");
    this.ip("switch", "link set bridge up");
    this.addClient();
  }

  namespaceOf = (nodeName: string): string => `/run/netns/${this.prefix}${nodeName}`;

  async attach(nodeName: string, place: DatabaseNodeAddresses): Promise<void> {
    if (this.places.has(nodeName)) return;
    this.places.set(nodeName, place);
    this.addNamespace(nodeName);
    // Who comes to an address after another node has the same hardware address: neighbours remember it.
    const end = `name eth0 netns ${this.prefix}${nodeName} address ${macAddresses(place.publicAddress).public}`;
    this.ip("switch", `link add ${nodeName} type veth peer ${end}`);
    this.ip("switch", `link set ${nodeName} master bridge up`);
  }

  async configureInterfaces(nodeName: string): Promise<void> {
    const { publicAddress, privateAddress } = this.places.get(nodeName)!;
    this.ip(nodeName, "link set lo up");
    this.ip(nodeName, `address replace ${publicAddress}/24 dev eth0`);
    this.ip(nodeName, `address replace ${privateAddress}/24 dev eth0`);
    this.ip(nodeName, "link set eth0 up");
  }

  async connect(nodeName: string): Promise<void> {
    this.ip("switch", `link set ${nodeName} up`);
  }

  async cutOff(nodeName: string): Promise<void> {
    this.ip("switch", `link set ${nodeName} down`);
  }

  async detach(nodeName: string): Promise<void> {
    this.rules.delete(nodeName);
    if (!this.places.delete(nodeName)) return;
    // The kernel takes a namespace apart in its own time; the name of the interface is free at once only so.
    this.ip("switch", `link delete ${nodeName}`);
    this.deleteNamespace(nodeName);
  }

  async setRules(nodeName: string, rules: FirewallRules | undefined): Promise<void> {
    this.rules.set(nodeName, rules);
  }

  nodes(): string[] {
    return [...this.places.keys()].sort();
  }

  close(): void {
    for (const name of [...this.places.keys(), "client", "switch"]) this.deleteNamespace(name);
  }

  /** A machine that connects to the databases. */
  private addClient(): void {
    this.addNamespace("client");
    this.ip("switch", `link add client type veth peer name eth0 netns ${this.prefix}client`);
    this.ip("switch", "link set client master bridge up");
    this.ip("client", "address add 203.0.113.10/24 dev eth0");
    this.ip("client", "address add 10.10.0.10/24 dev eth0");
    this.ip("client", "link set eth0 up");
  }

  private addNamespace(name: string): void {
    execFileSync("ip", ["netns", "add", `${this.prefix}${name}`]);
  }

  private deleteNamespace(name: string): void {
    execFileSync("ip", ["netns", "delete", `${this.prefix}${name}`]);
  }

  private ip(name: string, command: string): void {
    execFileSync("ip", ["-netns", `${this.prefix}${name}`, ...command.split(" ")]);
  }
}
