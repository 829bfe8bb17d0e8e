import type { DatabaseNodeAddresses, FirewallRules, Vpc } from "../platform/platform";
import type { Names } from "../platform/names";
import type { ServicesTree } from "../services/services-tree";

/** The network as databases need it. Every call is idempotent. */
export interface DatabaseNetwork {
  /** Makes the node's network namespace with its interfaces. */
  attach(nodeName: string, place: DatabaseNodeAddresses & { readonly vpc: Vpc }): Promise<void>;
  /** Gives the interfaces their addresses and routes. */
  configureInterfaces(nodeName: string): Promise<void>;
  /** Lets packets pass to and from the node. */
  connect(nodeName: string): Promise<void>;
  /** Drops every packet to and from the node, as if its machine were not there. */
  cutOff(nodeName: string): Promise<void>;
  detach(nodeName: string): Promise<void>;
  /** Filters what reaches and leaves the node, outside of it; the whole set. */
  setRules(nodeName: string, rules: FirewallRules | undefined): Promise<void>;
}

/** What the managed databases stand on. */
export interface DatabaseContext {
  /** A Debian tree with postgresql-17 and pgbouncer. */
  readonly tree: ServicesTree;
  /** Everything of the running databases; removed with them. Its path must be short: unix sockets lie in it. */
  readonly stateDirectory: string;
  /** Prepared data directories, kept between clouds. */
  readonly cacheDirectory: string;
  readonly network: DatabaseNetwork;
  /** Path of a node's network namespace. */
  readonly namespaceOf: (nodeName: string) => string;
  readonly names: Names;
  /** Told what the supervisor finds and does, a sentence at a time. */
  readonly report: (event: string) => void;
}
