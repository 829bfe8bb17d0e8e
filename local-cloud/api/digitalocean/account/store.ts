import { randomBytes } from "node:crypto";
import type { DatabaseNodeAddresses } from "../../../platform/platform";
import type { Image } from "./catalogue";
import type { PostgresqlConfig } from "./postgresql-config";

/** A virtual network. */
export interface VpcRecord {
  readonly id: string;
  readonly region: string;
  readonly ipRange: string;
  readonly createdAt: string;
  name: string;
  description: string;
  isDefault: boolean;
}

/** A droplet as DigitalOcean knows it; the machine itself is the platform's. */
export interface DropletRecord {
  readonly id: number;
  readonly region: string;
  readonly image: Image;
  readonly vpcId: string;
  readonly createdAt: string;
  readonly features: readonly string[];
  readonly publicAddress: string;
  readonly anchorAddress: string;
  readonly privateAddress: string;
  readonly userData: string;
  readonly publicKeys: readonly string[];
  name: string;
  size: string;
  /** GiB; grows only when a resize asks for it. */
  disk: number;
  status: "new" | "active" | "off";
  /** An action is under way that keeps others out. */
  locked: boolean;
  /** Its destruction has been accepted; it is still there until the machine is gone. */
  destroying: boolean;
  tags: string[];
}

/** A tag. Which droplets and databases have it is in their own `tags`. */
export interface TagRecord {
  /** As first written; tags are compared without regard to case. */
  readonly name: string;
  lastTaggedUri: string | undefined;
}

/** Peers of a firewall rule as the API was given them. */
export interface FirewallPeers {
  readonly addresses?: readonly string[];
  readonly droplet_ids?: readonly number[];
  readonly tags?: readonly string[];
}

/** One rule of a firewall, in either direction. */
export interface FirewallRuleRecord {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** `"0"` is every port. */
  readonly ports: string;
  readonly peers: FirewallPeers;
}

/** A cloud firewall, attached by droplet id and by tag. */
export interface FirewallRecord {
  readonly id: string;
  readonly createdAt: string;
  name: string;
  inbound: readonly FirewallRuleRecord[];
  outbound: readonly FirewallRuleRecord[];
  dropletIds: readonly number[];
  tags: readonly string[];
  status: "waiting" | "succeeded" | "failed";
}

/** A reserved IP and who holds it. */
export interface ReservedIpRecord {
  readonly address: string;
  readonly region: string;
  dropletId: number | undefined;
  /** The droplet whose metadata says "active"; follows `dropletId` after the metadata's lag. */
  activeDropletId: number | undefined;
  /** Target of an assignment under way. */
  pendingDropletId: number | undefined;
  locked: boolean;
}

/** An SSH key of the account. */
export interface SshKeyRecord {
  readonly id: number;
  readonly fingerprint: string;
  readonly publicKey: string;
  name: string;
}

/** What became of something that takes time. */
export interface ActionRecord {
  readonly id: number;
  readonly type: string;
  readonly resourceId: number;
  readonly resourceType: string;
  readonly region: string;
  readonly startedAt: string;
  /** The address, for actions of a reserved IP. */
  readonly reservedIp: string | undefined;
  status: "in-progress" | "completed" | "errored";
  completedAt: string | null;
}

/** One trusted source of a database. */
export interface DatabaseFirewallRule {
  readonly uuid: string;
  readonly type: "droplet" | "k8s" | "ip_addr" | "tag" | "app";
  readonly value: string;
  readonly createdAt: string;
}

/** A user of a cluster; its replicas have the same. */
export interface DatabaseUserRecord {
  readonly name: string;
  readonly role: "primary" | "normal";
  password: string;
}

/** A connection pool in front of a cluster or a replica. */
export interface DatabasePoolRecord {
  readonly name: string;
  mode: "session" | "transaction" | "statement";
  size: number;
  db: string;
  user: string | undefined;
}

/** What clusters and replicas have in common: a replica's id serves as a cluster's for firewall and pools. */
export interface DatabaseServer {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly vpcId: string;
  readonly createdAt: string;
  /** Of its nodes. What a cluster no longer needs it keeps. */
  addresses: readonly DatabaseNodeAddresses[];
  size: string;
  storage: number;
  status: "creating" | "forking" | "online" | "resizing" | "failed";
  /** The platform has it. */
  running: boolean;
  tags: string[];
  rules: DatabaseFirewallRule[];
  pools: DatabasePoolRecord[];
}

/** Whether a cluster's storage grows by itself, as the API shows it. Here it is kept, and no storage has a size. */
export interface DatabaseAutoscale {
  readonly storage: {
    readonly enabled: boolean;
    readonly threshold_percent?: number;
    readonly increment_gib?: number;
  };
}

/** A read replica. */
export interface DatabaseReplicaRecord extends DatabaseServer {
  readonly clusterId: string;
}

/** A cluster: primary, standbys, and the replicas that follow it. */
export interface DatabaseClusterRecord extends DatabaseServer {
  readonly projectId: string;
  version: string;
  nodeCount: number;
  maintenance: { day: string; hour: string };
  users: DatabaseUserRecord[];
  databases: string[];
  config: PostgresqlConfig;
  autoscale: DatabaseAutoscale | undefined;
  replicas: DatabaseReplicaRecord[];
}

/** An alert policy, an uptime check or one of its alerts: kept as the API shows it. */
export type PlainRecord = Readonly<Record<string, unknown>>;

/** Everything that exists in the account. Maps keep the order of creation, which lists show. */
export class Store {
  readonly vpcs = new Map<string, VpcRecord>();
  readonly droplets = new Map<number, DropletRecord>();
  /** By lower-cased name. */
  readonly tags = new Map<string, TagRecord>();
  readonly firewalls = new Map<string, FirewallRecord>();
  readonly reservedIps = new Map<string, ReservedIpRecord>();
  readonly sshKeys = new Map<number, SshKeyRecord>();
  readonly actions = new Map<number, ActionRecord>();
  readonly clusters = new Map<string, DatabaseClusterRecord>();
  /** Of the metrics endpoints of all database clusters. */
  metricsLogin = { user: "metrics", password: randomBytes(12).toString("hex") };
  readonly alertPolicies = new Map<string, PlainRecord>();
  readonly uptimeChecks = new Map<string, PlainRecord>();
  /** By the id of the check, then by their own. */
  readonly uptimeAlerts = new Map<string, Map<string, PlainRecord>>();
  /** Members of a VPC that the API no longer shows but that are not gone yet. */
  readonly lingeringMembers = new Set<{ readonly vpcId: string }>();

  private lastNumber = 0;

  /** Numeric ids are never used twice; `base` keeps the kinds apart. */
  nextNumber(base: number): number {
    this.lastNumber += 1;
    return base + this.lastNumber;
  }

  replicas(): DatabaseReplicaRecord[] {
    return [...this.clusters.values()].flatMap((cluster) => cluster.replicas);
  }

  databaseServers(): DatabaseServer[] {
    return [...this.clusters.values(), ...this.replicas()];
  }

  dropletsWithTag(tag: string): DropletRecord[] {
    return [...this.droplets.values()].filter((droplet) => hasTag(droplet.tags, tag));
  }
}

/** DigitalOcean compares tags without regard to case. */
export function hasTag(tags: readonly string[], wanted: string): boolean {
  return tags.some((tag) => tag.toLowerCase() === wanted.toLowerCase());
}
