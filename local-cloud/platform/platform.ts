/**
 * What the APIs ask of the platform under them: the interface between what DigitalOcean and Cloudflare answer (`api/`)
 * and what then really happens on this machine (`machines/`, `network/`, `postgres/`, `edge/`).
 * `simulatedPlatform` is a platform on which nothing happens: objects exist in the API only.
 */

/** One direction of a cloud firewall, with every tag, droplet id and Cloudflare range already resolved to CIDRs. */
export interface FirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** `"443"`, `"8000-8010"`; undefined means every port (and is the only value for icmp). */
  readonly ports?: string;
  /** Sources of an inbound rule, destinations of an outbound one. Never empty: a rule without a peer is left out. */
  readonly addresses: readonly string[];
}

export interface FirewallRules {
  readonly inbound: readonly FirewallRule[];
  readonly outbound: readonly FirewallRule[];
}

export interface Vpc {
  readonly uuid: string;
  readonly ipRange: string;
}

export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly image: string;
  readonly region: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly vpc: Vpc;
  readonly publicAddress: string;
  /** Second address of the public interface, the target of a reserved IP. */
  readonly anchorAddress: string;
  readonly privateAddress: string;
  readonly userData: string;
  readonly publicKeys: readonly string[];
  readonly tags: readonly string[];
}

/** Makes, switches and removes the droplets themselves. Every call is idempotent. */
export interface Machines {
  /** Resolves when the machine is powered on (as the API's "active" means), not when cloud-init has finished. */
  create(droplet: Droplet): Promise<void>;
  /** Clean shutdown; resolves when the machine is off, or rejects after `limitSeconds`. */
  shutDown(id: number, limitSeconds: number): Promise<void>;
  powerOff(id: number): Promise<void>;
  powerOn(id: number): Promise<void>;
  reboot(id: number): Promise<void>;
  destroy(id: number): Promise<void>;
  /** Tells the API that a machine went off or came up by itself (`poweroff` typed in the guest). */
  onPowerChange(listener: (id: number, on: boolean) => void): void;
}

/** Addresses, routing, filtering and names between the machines. Every call is idempotent. */
export interface Network {
  /**
   * `undefined` rules: no cloud firewall is attached, everything passes. A call replaces the whole set of `id`. The
   * first one comes before `Machines.create`, so that no machine is on the network for a moment without its rules.
   */
  setFirewall(id: number, rules: FirewallRules | undefined): Promise<void>;
  /** Routes a reserved IP to a droplet's anchor address, or to nowhere. */
  routeReservedIp(address: string, dropletId: number | undefined): Promise<void>;
}

/** Where one database server is. */
export interface DatabaseNodeAddresses {
  readonly publicAddress: string;
  readonly privateAddress: string;
}

/** The names that lead to whichever server is in charge, and the addresses that its servers can have. */
export interface DatabasePlace {
  readonly hostname: string;
  readonly privateHostname: string;
  readonly vpc: Vpc;
  /** At least one pair for each server. */
  readonly addresses: readonly DatabaseNodeAddresses[];
}

/** What the service does by itself, and what a user may change of that. */
export interface DatabaseAvailability {
  /** How long a primary has to be gone until a standby takes its place: `max_failover_replication_time_lag`. */
  readonly failoverAfterSeconds: number;
  /** Whether a commit is acknowledged only when a standby has it too: `synchronous_replication`. */
  readonly synchronousReplication: "off" | "quorum";
  /** Time of day, UTC. */
  readonly dailyBackup: { readonly hour: number; readonly minute: number };
}

/** A base backup. With the WAL since then, every moment after it can be restored. */
export interface DatabaseBackup {
  /** When it ended; milliseconds since 1970. */
  readonly createdAt: number;
  readonly sizeBytes: number;
}

/** What a new cluster begins with. */
export interface DatabaseOrigin {
  readonly clusterId: string;
  /** `createdAt` of the base backup. */
  readonly backup: number;
  /** The state of this moment, in milliseconds since 1970; undefined: that of the backup itself. */
  readonly until: number | undefined;
}

export interface DatabaseCluster extends DatabasePlace, DatabaseAvailability {
  readonly id: string;
  readonly name: string;
  /** Major version, `"17"`. */
  readonly version: string;
  /** Primary and standbys. */
  readonly nodeCount: number;
  /** Of each node. How many connections it takes depends on it. */
  readonly memoryMiB: number;
  readonly port: number;
  readonly poolPort: number;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly defaultDatabase: string;
  /** @default an empty cluster. Its version must be that of the origin, its memory no less */
  readonly origin?: DatabaseOrigin;
}

export interface DatabaseReplica extends DatabasePlace {
  readonly id: string;
  readonly clusterId: string;
  readonly name: string;
  readonly memoryMiB: number;
  readonly port: number;
}

/** What a resize may change; storage has no effect here. Other memory needs one address more than there are nodes. */
export type DatabaseSizing = Pick<DatabaseCluster, "nodeCount" | "memoryMiB" | "addresses">;

export interface ConnectionPool {
  readonly name: string;
  readonly mode: "session" | "transaction" | "statement";
  readonly size: number;
  readonly database: string;
  /** undefined: the connecting user's own name and password are used. */
  readonly user: string | undefined;
}

/**
 * Managed PostgreSQL. Every call is idempotent but `replaceNodes`; ids of replicas are accepted by `resize`,
 * `setTrustedSources` and `setPools`.
 */
export interface Databases {
  createCluster(cluster: DatabaseCluster): Promise<void>;
  resize(id: string, sizing: DatabaseSizing): Promise<void>;
  /** As for maintenance: connections end once. Needs one address more than there are nodes. */
  replaceNodes(id: string, addresses: readonly DatabaseNodeAddresses[]): Promise<void>;
  setAvailability(clusterId: string, availability: DatabaseAvailability): Promise<void>;
  /** Its backups go with it. */
  destroyCluster(id: string): Promise<void>;
  /** Oldest first. */
  listBackups(clusterId: string): Promise<readonly DatabaseBackup[]>;
  /** Users and databases that are there, the cloud's own left out. */
  listContents(
    clusterId: string,
  ): Promise<{ readonly users: readonly string[]; readonly databases: readonly string[] }>;
  createReplica(replica: DatabaseReplica): Promise<void>;
  destroyReplica(id: string): Promise<void>;
  /** The replica becomes a cluster of its own, with its own address. */
  promoteReplica(id: string): Promise<void>;
  setUser(clusterId: string, name: string, password: string): Promise<void>;
  removeUser(clusterId: string, name: string): Promise<void>;
  setDatabase(clusterId: string, name: string): Promise<void>;
  removeDatabase(clusterId: string, name: string): Promise<void>;
  setPools(id: string, pools: readonly ConnectionPool[]): Promise<void>;
  /** CIDRs that may connect; `undefined`: open to everyone, as DigitalOcean leaves it before the first rule. */
  setTrustedSources(id: string, cidrs: readonly string[] | undefined): Promise<void>;
  /** Who may read the metrics of all clusters and replicas. */
  setMetricsLogin(user: string, password: string): Promise<void>;
  /** PEM of the CA that signs the database servers' certificates. */
  certificateAuthority(clusterId: string): Promise<string>;
}

/** One name served at Cloudflare's edge, and how the edge reaches its origin. */
export interface EdgeHostname {
  readonly hostname: string;
  /** Origin addresses (A/AAAA content of the proxied record). */
  readonly origins: readonly string[];
  readonly ssl: "off" | "flexible" | "full" | "strict";
  readonly minimumTls: "1.0" | "1.1" | "1.2" | "1.3";
  readonly alwaysUseHttps: boolean;
  /** The highest version of HTTP that the edge speaks to an origin. */
  readonly originHttp: "1.1" | "2";
  /** Authenticated Origin Pulls: what the edge presents to the origin. */
  readonly clientCertificate: { readonly certificate: string; readonly privateKey: string } | undefined;
}

/** Cloudflare's edge, its Origin CA and the public DNS. */
export interface Edge {
  /** The whole set; what is not named is no longer served. */
  setHostnames(hostnames: readonly EdgeHostname[]): Promise<void>;
  /** DNS records that are not proxied; the whole set. */
  setRecords(
    records: ReadonlyArray<{ readonly name: string; readonly type: string; readonly content: string }>,
  ): Promise<void>;
  /** Signs a PEM certificate request; returns the PEM certificate. */
  signOriginCertificate(csr: string, hostnames: readonly string[], validityDays: number): Promise<string>;
  /** The ranges that requests to origins come from (`GET /ips`). */
  readonly ipv4Ranges: readonly string[];
  readonly ipv6Ranges: readonly string[];
}

export interface Platform {
  readonly machines: Machines;
  readonly network: Network;
  readonly databases: Databases;
  readonly edge: Edge;
}
