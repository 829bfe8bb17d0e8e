import { DataDigitaloceanDatabaseCa } from "@cdktf/provider-digitalocean/lib/data-digitalocean-database-ca";
import { DatabaseCluster } from "@cdktf/provider-digitalocean/lib/database-cluster";
import { DatabaseConnectionPool } from "@cdktf/provider-digitalocean/lib/database-connection-pool";
import { DatabaseDb } from "@cdktf/provider-digitalocean/lib/database-db";
import { DatabaseFirewall } from "@cdktf/provider-digitalocean/lib/database-firewall";
import { DatabaseReplica } from "@cdktf/provider-digitalocean/lib/database-replica";
import { DatabaseUser } from "@cdktf/provider-digitalocean/lib/database-user";
import type { Tag } from "@cdktf/provider-digitalocean/lib/tag";
import type { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { Fn, TerraformLocal, Token } from "cdktf";
import { Construct } from "constructs";
import { databaseAuthorityPath } from "../cloud-init/app/database-authority";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { nodeIds } from "./naming";
import {
  checkCount,
  checkDatabaseSize,
  checkName,
  checkOneOf,
  checkRegion,
  checkSqlName,
  checkTime,
} from "./settings-checks";
import { poolCapacity } from "./sizes-and-prices";

/** Settings of a cluster that have a default. */
export interface PostgresSettings {
  /** Plan of the primary and its standbys. @default "db-s-1vcpu-2gb", the smallest with a standby */
  readonly size?: string;
  /** Primary and standbys together, 2 or 3. @default 2 */
  readonly nodes?: number;
  /** Read replicas, 1 to 5. @default 2 */
  readonly readReplicas?: number;
  /** Plan of a replica, not smaller than the primary's. @default the primary's */
  readonly replicaSize?: string;
  /** @default "app" */
  readonly databaseName?: string;
  /** @default "app" */
  readonly userName?: string;
  /** Server connections of the pool through which the application writes. @default 20 */
  readonly poolSize?: number;
  /** When a client gives its server connection back. @default "transaction" */
  readonly poolMode?: "session" | "transaction" | "statement";
  /** Day of DigitalOcean's updates, in lower case. @default "sunday" */
  readonly maintenanceDay?: string;
  /** Time of DigitalOcean's updates, "HH:MM" in UTC. @default "04:00" */
  readonly maintenanceHour?: string;
}

export interface PostgresClusterProps extends PostgresSettings {
  /** What the names of cluster and replicas begin with. */
  readonly name: string;
  /** DigitalOcean region slug. */
  readonly region: string;
  readonly vpc: Vpc;
  /** Tag of the droplets that may connect; nobody else may. */
  readonly clientTag: Tag;
}

/** What a setting of a cluster is when nothing is said. */
export const postgresDefaults = {
  size: "db-s-1vcpu-2gb",
  nodes: 2,
  readReplicas: 2,
  databaseName: "app",
  userName: "app",
  poolSize: 20,
  poolMode: "transaction",
  maintenanceDay: "sunday",
  maintenanceHour: "04:00",
} as const;

/**
 * PostgreSQL 17: primary, standby and read replicas, with a database, a user and a connection pool for the application.
 * With the defaults 122 USD a month. Cluster, database and the cluster's firewall are protected from destruction;
 * another size or number of nodes changes them in place.
 */
export class PostgresCluster extends Construct {
  public readonly cluster: DatabaseCluster;
  public readonly replicas: readonly DatabaseReplica[];
  public readonly database: DatabaseDb;
  public readonly user: DatabaseUser;
  public readonly pool: DatabaseConnectionPool;
  /** Sensitive: libpq URL of the pool on the primary. */
  public readonly writeUrl: string;
  /** Sensitive: libpq URL that takes a replica at random, and the primary when no replica answers. */
  public readonly readUrl: string;
  /** Sensitive: libpq URL of the administrator, for grants that nobody else can make. */
  public readonly adminUrl: string;
  /** PEM certificate of the authority that signs the certificates of primary and replicas. */
  public readonly authority: string;

  public constructor(scope: Construct, id: string, props: PostgresClusterProps) {
    super(scope, id);
    throwProblems(checkPostgresCluster(props));
    const settings = { ...postgresDefaults, ...defined(props) };
    this.cluster = createCluster(this, settings);
    this.replicas = createReplicas(this, this.cluster, settings);
    this.database = new DatabaseDb(this, "database", {
      clusterId: this.cluster.id,
      name: settings.databaseName,
      lifecycle: { preventDestroy: true },
    });
    this.user = new DatabaseUser(this, "user", { clusterId: this.cluster.id, name: settings.userName });
    this.pool = createPool(this, this, settings);
    // Not the id itself: Terraform puts off reading what refers to a resource that is going to change, and an unknown
    // certificate replaces the app nodes, for a new maintenance hour as well.
    const clusterId = new TerraformLocal(this, "cluster-id", this.cluster.id).asString;
    this.authority = new DataDigitaloceanDatabaseCa(this, "authority", { clusterId }).certificate;
    // One value each, however many it is made of: the text for the hosts keeps room for every late value.
    this.writeUrl = new TerraformLocal(this, "write-url", writeUrl(this)).asString;
    this.readUrl = new TerraformLocal(this, "read-url", readUrl(this)).asString;
    this.adminUrl = new TerraformLocal(this, "admin-url", adminUrl(this)).asString;
  }
}

type Settings = PostgresClusterProps & Required<Omit<PostgresSettings, "replicaSize">>;

/** Without the keys that were passed as undefined, which would take the place of a default. */
function defined<T extends object>(props: T): T {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as T;
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Problems of what a cluster is told, in its own words. */
export function checkPostgresCluster(props: Omit<PostgresClusterProps, "vpc" | "clientTag">): Problem[] {
  const settings = { ...postgresDefaults, ...defined(props) };
  return [
    ...checkName("name", settings.name),
    ...checkRegion("region", settings.region),
    ...checkDatabaseSize("size", settings.size),
    ...checkCount("nodes", settings.nodes, 2, 3, "a primary alone would be missed"),
    ...checkCount("readReplicas", settings.readReplicas, 1, 5),
    ...checkDatabaseSize("replicaSize", settings.replicaSize ?? settings.size),
    ...checkSqlName("databaseName", settings.databaseName),
    ...checkSqlName("userName", settings.userName),
    ...checkPool(settings.poolSize, settings.size),
    ...checkOneOf("poolMode", settings.poolMode, ["session", "transaction", "statement"]),
    ...checkOneOf("maintenanceDay", settings.maintenanceDay, DAYS),
    ...checkTime("maintenanceHour", settings.maintenanceHour),
  ];
}

function checkPool(poolSize: number, size: string): Problem[] {
  const capacity = poolCapacity(size);
  if (capacity === undefined) return checkCount("poolSize", poolSize, 1, 10_000);
  return checkCount("poolSize", poolSize, 1, capacity, `"${size}" has ${capacity} connections for pools`);
}

function createCluster(scope: Construct, settings: Settings): DatabaseCluster {
  return new DatabaseCluster(scope, "Resource", {
    name: `${settings.name}-postgres`,
    engine: "pg",
    version: "17",
    size: settings.size,
    nodeCount: settings.nodes,
    region: settings.region,
    privateNetworkUuid: settings.vpc.id,
    // Never taken away again: the provider crashes when the block goes.
    maintenanceWindow: [{ day: settings.maintenanceDay, hour: settings.maintenanceHour }],
    lifecycle: { preventDestroy: true },
  });
}

/** A cluster without a firewall is open to the internet, and so is a replica: a primary's rules are not inherited. */
function createReplicas(scope: Construct, cluster: DatabaseCluster, settings: Settings): DatabaseReplica[] {
  const rule = [{ type: "tag", value: settings.clientTag.name }];
  new DatabaseFirewall(scope, "firewall", { clusterId: cluster.id, rule, lifecycle: { preventDestroy: true } });
  const replicas = new Construct(scope, "replicas");
  return nodeIds(settings.readReplicas).map((id) => {
    const node = new Construct(replicas, id);
    const replica = new DatabaseReplica(node, "Resource", {
      clusterId: cluster.id,
      name: `${settings.name}-postgres-replica-${id}`,
      // All three are optional for the provider, and without them it replaces or resizes the replica with every apply.
      region: settings.region,
      size: settings.replicaSize ?? settings.size,
      privateNetworkUuid: settings.vpc.id,
    });
    new DatabaseFirewall(node, "firewall", { clusterId: replica.uuid, rule });
    return replica;
  });
}

function createPool(scope: Construct, { cluster, database, user }: PostgresCluster, settings: Settings) {
  return new DatabaseConnectionPool(scope, "pool", {
    clusterId: cluster.id,
    // Every change replaces the pool, and the new one is there before the old one goes: they need different names.
    name: `${settings.userName}-${settings.poolMode}-${settings.poolSize}`,
    mode: settings.poolMode,
    size: settings.poolSize,
    dbName: database.name,
    user: user.name,
  });
}

/** The server has to show a certificate for the name in the URL, from the authority that app nodes are given. */
const tls = `sslmode=verify-full&sslrootcert=${databaseAuthorityPath}`;

function writeUrl({ pool, user }: PostgresCluster): string {
  return `postgresql://${credentials(user)}@${address(pool)}/${pool.name}?${tls}`;
}

/**
 * Replicas are standbys for libpq: `prefer-standby` takes one of them while any answers, whatever the order of the
 * list, and the primary otherwise. `load_balance_hosts` shuffles the list for each connection (libpq 16 and later).
 */
function readUrl({ cluster, replicas, database, user }: PostgresCluster): string {
  const hosts = [...replicas, cluster].map(address).join(",");
  const options = `${tls}&target_session_attrs=prefer-standby&load_balance_hosts=random`;
  return `postgresql://${credentials(user)}@${hosts}/${database.name}?${options}`;
}

/** Not through the pool, whose user is the application's. */
function adminUrl({ cluster, database }: PostgresCluster): string {
  const login = `${cluster.user}:${Fn.urlencode(cluster.password)}`;
  return `postgresql://${login}@${address(cluster)}/${database.name}?${tls}`;
}

function credentials(user: DatabaseUser): string {
  return `${user.name}:${Fn.urlencode(user.password)}`;
}

/** The port as a string token: cdktf does not resolve a number inside a text. */
function address(server: DatabaseCluster | DatabaseReplica | DatabaseConnectionPool): string {
  return `${server.privateHost}:${Token.asString(server.interpolationForAttribute("port"))}`;
}
