import type { FirewallRules, Platform } from "../../../platform/platform";
import type { Clock } from "../../clock";
import { Handover } from "../../handover";
import type { Log } from "../../log";
import { KeyedTurns } from "../../../../programs/turns";
import { Actions } from "./actions";
import { AddressPool, addressRanges, vpcPool } from "./addresses";
import type { Catalogue } from "./catalogue";
import { resolveFirewallRules } from "./resolve-firewall-rules";
import { resolveTrustedSources } from "./resolve-trusted-sources";
import { Store, type VpcRecord } from "./store";

/** How long DigitalOcean takes for what the platform does at once; milliseconds. */
export interface Latencies {
  /** From the answer until a reserved IP is routed to its new droplet. */
  readonly reservedIpAssign: number;
  readonly reservedIpUnassign: number;
  /** From then until the droplets' metadata says so. */
  readonly metadataLag: number;
  /** Before each droplet action other than shutdown. */
  readonly dropletAction: number;
  /** Before a new droplet's machine is made. */
  readonly dropletCreate: number;
  /** From a machine's end until its droplet answers 404. */
  readonly dropletDestroy: number;
  readonly databaseCreate: number;
  readonly databaseResize: number;
  /** From the destruction of a database or droplet until its VPC can be deleted. */
  readonly vpcMemberLinger: number;
}

/** Everything that handlers work with. */
export interface Cloud {
  readonly store: Store;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly log: Log;
  readonly catalogue: Catalogue;
  readonly latencies: Latencies;
  readonly actions: Actions;
  readonly addresses: Addresses;
  /** How long a guest may take to shut down before the action is errored. */
  readonly shutdownLimitSeconds: number;
  readonly dropletLimit: number;
  readonly reservedIpLimit: number;
  /** Addresses, in lower case, that alerts may go to. */
  readonly confirmedEmails: Set<string>;
  /** Brings the platform's droplet firewalls in line with the store. */
  readonly firewalls: Handover<number, FirewallRules>;
  /** The same for the trusted sources of the databases. */
  readonly trustedSources: Handover<string, readonly string[]>;
  /** Order between platform calls about the same thing. */
  readonly turns: KeyedTurns;
}

/** What a cloud is made from. */
export type CloudParts = Omit<Cloud, "store" | "actions" | "addresses" | "firewalls" | "trustedSources" | "turns">;

/** An empty account on a platform. */
export function createCloud(parts: CloudParts): Cloud {
  const store = new Store();
  return {
    ...parts,
    store,
    actions: new Actions(store, parts.clock, parts.log),
    addresses: new Addresses(),
    firewalls: firewallHandover(store, parts),
    trustedSources: trustedSourcesHandover(store, parts),
    turns: new KeyedTurns(),
  };
}

/** The pools of the address plan, and one for each VPC. */
export class Addresses {
  readonly droplets = new AddressPool(addressRanges.droplets);
  readonly databases = new AddressPool(addressRanges.databases);
  readonly anchors = new AddressPool(addressRanges.anchors);
  readonly reservedIps = new AddressPool(addressRanges.reservedIps);
  private readonly vpcs = new Map<string, AddressPool>();

  ofVpc(vpc: VpcRecord): AddressPool {
    const pool = this.vpcs.get(vpc.id) ?? vpcPool(vpc.ipRange);
    this.vpcs.set(vpc.id, pool);
    return pool;
  }
}

function firewallHandover(store: Store, { platform, log }: CloudParts): Handover<number, FirewallRules> {
  return new Handover({
    subject: "the firewall of a droplet",
    wanted: () => {
      const droplets = [...store.droplets.values()];
      const firewalls = [...store.firewalls.values()];
      return new Map(droplets.map((droplet) => [droplet.id, resolveFirewallRules(droplet, firewalls, droplets)]));
    },
    apply: (id, rules) => platform.network.setFirewall(id, rules),
    clearGone: true,
    afterLast: (failures) => {
      for (const firewall of store.firewalls.values()) firewall.status = failures === 0 ? "succeeded" : "failed";
    },
    log,
  });
}

function trustedSourcesHandover(store: Store, { platform, log }: CloudParts): Handover<string, readonly string[]> {
  return new Handover<string, readonly string[]>({
    subject: "the trusted sources of a database",
    wanted: () => {
      const droplets = [...store.droplets.values()];
      const running = store.databaseServers().filter((server) => server.running);
      return new Map(running.map(({ id, rules }) => [id, resolveTrustedSources(rules, droplets)]));
    },
    apply: (id, cidrs) => platform.databases.setTrustedSources(id, cidrs),
    clearGone: false,
    log,
  });
}

/** Called after every change of droplets, tags, firewalls or database rules: the platform follows in the background. */
export function membershipChanged(cloud: Cloud): void {
  cloud.firewalls.changed();
  cloud.trustedSources.changed();
}
