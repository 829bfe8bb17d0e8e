import { DataDigitaloceanDatabaseCa } from "@cdktf/provider-digitalocean/lib/data-digitalocean-database-ca";
import { DataDigitaloceanDatabaseUser } from "@cdktf/provider-digitalocean/lib/data-digitalocean-database-user";
import { DatabaseCluster } from "@cdktf/provider-digitalocean/lib/database-cluster";
import { DatabaseDb } from "@cdktf/provider-digitalocean/lib/database-db";
import { DatabaseFirewall } from "@cdktf/provider-digitalocean/lib/database-firewall";
import { DatabaseReplica } from "@cdktf/provider-digitalocean/lib/database-replica";
import { DatabaseUser } from "@cdktf/provider-digitalocean/lib/database-user";
import { Fn, TerraformLocal, Token } from "cdktf";
import { Construct } from "constructs";
import { databaseAuthorityPath } from "../cloud-init/app/database-authority";
import {
  type DatabaseConnection,
  type DatabaseEndpointSettings,
  type PoolMode,
  databaseChecks,
  endpointChecks,
  endpointDefaults,
} from "../cloud-init/app/endpoints";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { checkTag, checkToken } from "../cloud-init/node-settings";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkBoolean, checkEach, shown } from "../cloud-init/value-checks";
import { Administrator } from "./administrator";
import { nodeIds } from "./naming";
import { type VpcReference, checkVpcId } from "./network";
import {
  type Region,
  checkCount,
  checkDatabaseName,
  checkDatabaseSize,
  checkName,
  checkNetwork,
  checkOneOf,
  checkPattern,
  checkRedundancy,
  checkRegion,
  checkTime,
  checkUserName,
} from "./settings-checks";
import { isDatabaseSize, memoryGib } from "./sizes-and-prices";
import { withDefaults } from "./with-defaults";

/** What can be set of a cluster. */
export interface PostgresSettings extends DatabaseEndpointSettings {
  /** Plan of the primary and its standbys. @default "db-s-1vcpu-2gb" */
  readonly size?: string;
  /** Primary and standbys together, 2 or 3. @default 2 */
  readonly nodes?: number;
  /** Read replicas, 1 to 5. @default 2 */
  readonly readReplicas?: number;
  /** Plan of a replica, not smaller than the primary's. @default the primary's */
  readonly replicaSize?: string;
  /** Major version; a newer one is an upgrade in place, an older one is refused by DigitalOcean. @default "17" */
  readonly version?: PostgresVersion;
  /** Disk of each server in GiB, in steps of 10; it can grow and never shrink. @default what comes with the plan */
  readonly storageGib?: number;
  /** Name of the database. @default "app" */
  readonly databaseName?: string;
  /** Name of the application's user. @default "app" */
  readonly userName?: string;
  /**
   * Networks that may connect to primary and replicas besides the nodes, `198.51.100.7/32`: a machine that runs
   * migrations or a report. A source that is added in the control panel goes with the next deployment. @default none
   */
  readonly trustedSources?: readonly string[];
  /**
   * Whether the administrator (`doadmin`) keeps the password that is in the user-data of app nodes, where root can read it.
   * Otherwise it gets another one, once, when all app nodes are ready; that takes `DIGITALOCEAN_TOKEN` in the environment of
   * Terraform. @default false
   */
  readonly keepAdministrator?: boolean;
  /** Day of DigitalOcean's updates. @default "sunday" */
  readonly maintenanceDay?: Weekday;
  /** Time of DigitalOcean's updates, "HH:MM" in UTC. @default "04:00" */
  readonly maintenanceHour?: string;
  /**
   * The cluster is made from the backups of another one, with its databases, users and passwords. Has to stay as long as the
   * cluster lives; for a cluster that is there already it is refused. @default an empty cluster
   */
  readonly restoreFrom?: RestoreSettings;
}

/** What a cluster is made from. Its plan may not be smaller than that of its origin, and the version is the same. */
export interface RestoreSettings {
  /** Name of the cluster whose backups are taken; another one of the same account. */
  readonly cluster: string;
  /** The state of this moment of the last seven days, "2026-01-31T19:25:22Z". @default the newest backup */
  readonly at?: string;
}

export interface PostgresClusterProps extends PostgresSettings {
  /** What the names of cluster and replicas begin with. */
  readonly name: string;
  /** DigitalOcean region slug; another one is refused while the database is protected. */
  readonly region: Region;
  /** The network of the servers. */
  readonly vpc: Pick<VpcReference, "id">;
  /** Tags of the droplets that may connect; nobody else may. */
  readonly clientTags: readonly string[];
  /** Tags of yours on the cluster. @default none */
  readonly extraTags?: readonly string[];
  /** Sensitive: DigitalOcean token with which nodes ask for the replicas (`database:read`). @default none: nodes know none */
  readonly token?: string;
  /** Whether a cluster may have no standby, and no replica. @default false */
  readonly allowSinglePointsOfFailure?: boolean;
}

/** A database that exists already. It is not changed, and outlives the site; it has to let the app nodes in. */
export interface ExistingDatabase extends Omit<DatabaseConnection, "token"> {
  /**
   * Id of the DigitalOcean cluster, for alerts; nodes then ask DigitalOcean for its replicas as well. @default no alerts, and
   * the replicas of `readUrl`
   */
  readonly clusterId?: string;
}

const versions = ["14", "15", "16", "17", "18"] as const;
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** Major version of PostgreSQL. */
export type PostgresVersion = (typeof versions)[number];
/** Day of the week, as DigitalOcean writes it. */
export type Weekday = (typeof weekdays)[number];

export const postgresDefaults = {
  size: "db-s-1vcpu-2gb",
  nodes: 2,
  readReplicas: 2,
  version: "17",
  databaseName: "app",
  userName: "app",
  keepAdministrator: false,
  maintenanceDay: "sunday",
  maintenanceHour: "04:00",
  ...endpointDefaults,
} as const;

/** What DigitalOcean calls the cluster of a name. */
export function clusterName(name: string): string {
  return `${name}-postgres`;
}

/** Checks of a cluster's settings. */
export function postgresChecks(allowsSingle = false): Checks<PostgresSettings> {
  return {
    size: (path, size, { nodes }) =>
      checkDatabaseSize(path, size, !allowsSingle || (nodes ?? postgresDefaults.nodes) > 1),
    nodes: (path, nodes) => checkRedundancy(path, nodes, { minimum: 2, maximum: 3, allowsSingle }),
    readReplicas: (path, count) => checkRedundancy(path, count, { minimum: 1, maximum: 5, allowsSingle }),
    replicaSize: (path, size, group) => [
      ...checkDatabaseSize(path, size, !allowsSingle),
      ...checkReplicaSize(path, size, group.size ?? postgresDefaults.size),
    ],
    version: (path, version) => checkOneOf(path, version, versions),
    storageGib: (path, gib) =>
      Number.isInteger(gib) && gib % 10 !== 0
        ? [{ path, message: `must be in steps of 10, got ${gib}` }]
        : checkCount(path, gib, 10, 30_000),
    databaseName: checkDatabaseName,
    userName: checkUserName,
    trustedSources: checkTrustedSources,
    keepAdministrator: checkBoolean,
    maintenanceDay: (path, day) => checkOneOf(path, day, weekdays),
    maintenanceHour: checkTime,
    restoreFrom: (path, restore) => checkGroup(path, restore, restoreChecks, { required: ["cluster"] }),
    ...endpointChecks,
  };
}

/** Compared by their memory, as far as their names tell it. */
function checkReplicaSize(path: string, size: string, primary: string): Problem[] {
  const [own, needed] = [size, primary].map((slug) => (isDatabaseSize(slug) ? memoryGib(slug) : undefined));
  return own === undefined || needed === undefined || own >= needed
    ? []
    : [{ path, message: `must not be smaller than the primary's ${shown(primary)}, got ${shown(size)}` }];
}

function postgresClusterChecks(props: PostgresClusterProps): Checks<PostgresClusterProps> {
  return {
    ...postgresChecks(props?.allowSinglePointsOfFailure),
    name: checkName,
    region: checkRegion,
    vpc: checkVpcId,
    clientTags: (path, tags) => checkEach(path, tags, checkTag),
    extraTags: (path, tags) => checkEach(path, tags, checkTag),
    token: checkToken,
    allowSinglePointsOfFailure: checkBoolean,
  };
}

const restoreChecks: Checks<RestoreSettings> = { cluster: checkClusterName, at: checkMoment };

function checkClusterName(path: string, name: string): Problem[] {
  return checkPattern(path, name, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "the name of a cluster");
}

/** Problems of a moment that backups are to be taken from. */
export function checkMoment(path: string, moment: string): Problem[] {
  // There and back, because the 31st of a shorter month is taken for a day of the next one.
  const isMoment =
    typeof moment === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(moment) &&
    !Number.isNaN(Date.parse(moment)) &&
    new Date(moment).toISOString() === moment.replace("Z", ".000Z");
  return isMoment ? [] : [{ path, message: `must be a time in UTC, "2026-01-31T19:25:22Z", got ${shown(moment)}` }];
}

/** Problems of a database that is there already. */
export function checkExistingDatabase(path: string, database: ExistingDatabase): Problem[] {
  const { token: _token, ...checks } = databaseChecks;
  return checkGroup(path, database, checks, { required: ["writeUrl", "authority"] });
}

/**
 * PostgreSQL: primary, standby and read replicas, with a database and a user for the application.
 * With the defaults 122 USD a month. Cluster, database and the cluster's firewall are protected from destruction;
 * another size or number of nodes changes them in place.
 */
export class PostgresCluster extends Construct implements DatabaseConnection {
  /** Primary and standbys. */
  public readonly cluster: DatabaseCluster;
  /** Read replicas, in the order of their numbers. */
  public readonly replicas: readonly DatabaseReplica[];
  /** The application's database. One that came with a backup is not made: then it has the count 0. */
  public readonly database: DatabaseDb;
  /** The application's user. One that came with a backup is only read. */
  public readonly user: DatabaseUser | DataDigitaloceanDatabaseUser;
  /** Sensitive: URL of the application's user at the primary. */
  public readonly writeUrl: string;
  /** Sensitive: libpq URL that takes a replica at random, and the primary when no replica answers. Nodes do not use it. */
  public readonly readUrl: string;
  /** Id of the cluster, which is known while the cluster changes. */
  public readonly clusterId: string;
  /** Sensitive: DigitalOcean token with which nodes ask for the servers of the cluster; what was given. */
  public readonly token?: string;
  public readonly isExclusive = true;
  public readonly poolMode: PoolMode;
  public readonly maximumReplicaLagSeconds: number;
  public readonly statementTimeoutSeconds: number;
  public readonly lockTimeoutSeconds: number;
  public readonly idleInTransactionTimeoutSeconds: number;
  /** Whom nodes need once. Whoever puts the tiers together asks for another password of it: `renewAfter`. */
  public readonly administrator: Administrator;
  /** Sensitive: libpq URL of the administrator, for grants that nobody else can make; of no use once that was renewed. */
  public readonly adminUrl: string;
  /** PEM certificate of the authority that signs the certificates of primary and replicas. */
  public readonly authority: string;
  private readonly clientTags: string[];
  private readonly trustedSources: readonly string[];
  private readonly firewalls: readonly DatabaseFirewall[];

  public constructor(scope: Construct, id: string, props: PostgresClusterProps) {
    super(scope, id);
    throwProblems(
      checkGroup("", props, postgresClusterChecks(props), { required: ["name", "region", "vpc", "clientTags"] }),
    );
    const settings = withDefaults(postgresDefaults, props);
    this.cluster = createCluster(this, settings);
    this.clientTags = [...settings.clientTags];
    this.trustedSources = settings.trustedSources ?? [];
    const { replicas, firewalls } = createReplicas(this, this.cluster, settings);
    this.replicas = replicas;
    this.firewalls = firewalls;
    this.database = createDatabase(this, this.cluster, settings);
    this.user = provideUser(this, this.cluster, settings);
    const databaseName = settings.restoreFrom === undefined ? this.database.name : settings.databaseName;
    // Not the id itself: Terraform puts off reading what refers to a resource that is going to change, and an unknown
    // certificate replaces the app nodes, for a new maintenance hour as well.
    this.clusterId = new TerraformLocal(this, "cluster-id", this.cluster.id).asString;
    this.authority = new DataDigitaloceanDatabaseCa(this, "authority", { clusterId: this.clusterId }).certificate;
    this.token = settings.token;
    this.poolMode = settings.poolMode;
    this.maximumReplicaLagSeconds = settings.maximumReplicaLagSeconds;
    this.statementTimeoutSeconds = settings.statementTimeoutSeconds;
    this.lockTimeoutSeconds = settings.lockTimeoutSeconds;
    this.idleInTransactionTimeoutSeconds = settings.idleInTransactionTimeoutSeconds;
    // One value each, however many it is made of: the text for the hosts keeps room for every late value.
    this.writeUrl = new TerraformLocal(this, "write-url", writeUrl(this, databaseName)).asString;
    this.readUrl = new TerraformLocal(this, "read-url", readUrl(this, databaseName)).asString;
    this.administrator = new Administrator(this, "administrator", {
      cluster: this.cluster,
      neededFor: { cluster: this.clusterId, database: databaseName, user: this.user.name },
    });
    this.adminUrl = new TerraformLocal(this, "admin-url", adminUrl(this, databaseName)).asString;
  }

  /** Lets the droplets with one tag more connect. */
  public admit(tag: string): void {
    this.clientTags.push(tag);
    for (const firewall of this.firewalls) firewall.putRule(firewallRules(this.clientTags, this.trustedSources));
  }
}

type Settings = ReturnType<typeof withDefaults<PostgresClusterProps, typeof postgresDefaults>>;

function checkTrustedSources(path: string, networks: readonly string[]): Problem[] {
  return checkEach(path, networks, (at, network) =>
    typeof network === "string" && /\/0$/.test(network)
      ? [{ path: at, message: `must not be the whole internet, got ${shown(network)}, name the networks` }]
      : checkNetwork(at, network),
  );
}

function createCluster(scope: Construct, settings: Settings): DatabaseCluster {
  return new DatabaseCluster(scope, "Resource", {
    name: clusterName(settings.name),
    engine: "pg",
    version: settings.version,
    size: settings.size,
    storageSizeMib: storageMib(settings),
    tags: settings.extraTags?.length ? [...settings.extraTags] : undefined,
    nodeCount: settings.nodes,
    region: settings.region,
    privateNetworkUuid: settings.vpc.id,
    // Never taken away again: the provider crashes when the block goes.
    maintenanceWindow: [{ day: settings.maintenanceDay, hour: settings.maintenanceHour }],
    ...restoreOf(settings),
  });
}

/** Of use only while a cluster is made: the provider never asks for it again, and would show it as a change. */
function restoreOf({ restoreFrom }: Settings) {
  if (restoreFrom === undefined) return { lifecycle: { preventDestroy: true } };
  const { cluster, at } = restoreFrom;
  return {
    backupRestore: { databaseName: cluster, backupCreatedAt: at },
    lifecycle: { preventDestroy: true, ignoreChanges: ["backup_restore"] },
  };
}

/**
 * What a backup holds is there already: DigitalOcean refuses a database of the same name. With the count 0 and not left out:
 * only what is declared is protected, and a cluster that is there already, with a database in it, would lose it.
 */
function createDatabase(scope: Construct, { id: clusterId }: DatabaseCluster, settings: Settings): DatabaseDb {
  return new DatabaseDb(scope, "database", {
    clusterId,
    name: settings.databaseName,
    count: settings.restoreFrom === undefined ? undefined : 0,
    lifecycle: { preventDestroy: true },
  });
}

/** A user of the same name is refused as well. */
function provideUser(scope: Construct, { id: clusterId }: DatabaseCluster, settings: Settings) {
  const user = { clusterId, name: settings.userName };
  return settings.restoreFrom === undefined
    ? new DatabaseUser(scope, "user", user)
    : new DataDigitaloceanDatabaseUser(scope, "restored-user", user);
}

/** A cluster without a firewall is open to the internet, and so is a replica: a primary's rules are not inherited. */
function createReplicas(scope: Construct, cluster: DatabaseCluster, settings: Settings) {
  const rule = firewallRules(settings.clientTags, settings.trustedSources);
  const lifecycle = { preventDestroy: true };
  const firewalls = [new DatabaseFirewall(scope, "firewall", { clusterId: cluster.id, rule, lifecycle })];
  const parent = new Construct(scope, "replicas");
  const replicas = nodeIds(settings.readReplicas).map((id) => {
    const node = new Construct(parent, id);
    const replica = new DatabaseReplica(node, "Resource", {
      clusterId: cluster.id,
      name: `${settings.name}-postgres-replica-${id}`,
      // All three are optional for the provider, and without them it replaces or resizes the replica with every apply.
      region: settings.region,
      size: settings.replicaSize ?? settings.size,
      storageSizeMib: storageMib(settings),
      privateNetworkUuid: settings.vpc.id,
    });
    firewalls.push(new DatabaseFirewall(node, "firewall", { clusterId: replica.uuid, rule }));
    return replica;
  });
  return { replicas, firewalls };
}

function firewallRules(tags: readonly string[], networks: readonly string[] = []) {
  return [
    ...tags.map((value) => ({ type: "tag", value })),
    // A single address is written without its prefix length in DigitalOcean's API.
    ...networks.map((network) => ({ type: "ip_addr", value: network.replace(/\/(32|128)$/, "") })),
  ];
}

/** What the provider takes: mebibytes, as text. */
function storageMib({ storageGib }: Settings): string | undefined {
  return storageGib === undefined ? undefined : String(storageGib * 1024);
}

/** The server has to show a certificate for the name in the URL, from the authority that app nodes are given. */
const tls = `sslmode=verify-full&sslrootcert=${databaseAuthorityPath}`;

function writeUrl({ cluster, user }: PostgresCluster, database: string): string {
  return `postgresql://${credentials(user)}@${address(cluster)}/${database}?${tls}`;
}

/**
 * Replicas are standbys for libpq: `prefer-standby` takes one of them while any answers, whatever the order of the
 * list, and the primary otherwise. `load_balance_hosts` shuffles the list for each connection (libpq 16 and later).
 */
function readUrl({ cluster, replicas, user }: PostgresCluster, database: string): string {
  const hosts = [...replicas, cluster].map(address).join(",");
  const options = `${tls}&target_session_attrs=prefer-standby&load_balance_hosts=random`;
  return `postgresql://${credentials(user)}@${hosts}/${database}?${options}`;
}

function adminUrl({ cluster, administrator }: PostgresCluster, database: string): string {
  const login = `${cluster.user}:${Fn.urlencode(administrator.password)}`;
  return `postgresql://${login}@${address(cluster)}/${database}?${tls}`;
}

function credentials(user: PostgresCluster["user"]): string {
  return `${user.name}:${Fn.urlencode(user.password)}`;
}

function address(server: DatabaseCluster | DatabaseReplica): string {
  return `${server.privateHost}:${portOf(server)}`;
}

/** As a string token: cdktf does not resolve a number inside a text. */
function portOf(server: DatabaseCluster | DatabaseReplica): string {
  return Token.asString(server.interpolationForAttribute("port"));
}
