import type { Platform } from "../../platform";
import type { Clock } from "../clock";
import type { Log } from "../log";
import { Reconciler } from "../reconciler";
import { Actions } from "./actions";
import { AddressPool, addressPlan, vpcPool } from "./addresses";
import type { Catalogue } from "./catalogue";
import { applyFirewalls } from "./apply-firewalls";
import { applyTrustedSources } from "./apply-trusted-sources";
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
  /** Brings the platform's droplet firewalls in line with the store. */
  readonly firewalls: Reconciler;
  /** The same for the trusted sources of the databases. */
  readonly trustedSources: Reconciler;
}

/** What a cloud is made from. */
export type CloudParts = Omit<Cloud, "store" | "actions" | "addresses" | "firewalls" | "trustedSources">;

/** An empty account on a platform. */
export function createCloud(parts: CloudParts): Cloud {
  const store = new Store();
  return {
    ...parts,
    store,
    actions: new Actions(store, parts.clock, parts.log),
    addresses: new Addresses(),
    firewalls: new Reconciler(applyFirewalls(store, parts.platform.network, parts.log)),
    trustedSources: new Reconciler(applyTrustedSources(store, parts.platform.databases, parts.log)),
  };
}

/** The pools of the address plan, and one for each VPC. */
export class Addresses {
  readonly droplets = new AddressPool(addressPlan.droplets);
  readonly databases = new AddressPool(addressPlan.databases);
  readonly anchors = new AddressPool(addressPlan.anchors);
  readonly reservedIps = new AddressPool(addressPlan.reservedIps);
  private readonly vpcs = new Map<string, AddressPool>();

  ofVpc(vpc: VpcRecord): AddressPool {
    const pool = this.vpcs.get(vpc.id) ?? vpcPool(vpc.ipRange);
    this.vpcs.set(vpc.id, pool);
    return pool;
  }
}

/**
 * Called after every change of droplets, tags, firewalls or database rules: brings the platform up to date in the
 * background. Failures are logged by the reconcilers themselves and tried again with the next change.
 */
export function membershipChanged(cloud: Cloud): void {
  cloud.firewalls.request().catch(() => undefined);
  cloud.trustedSources.request().catch(() => undefined);
}
