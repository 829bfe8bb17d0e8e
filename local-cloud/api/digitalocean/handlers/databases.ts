import { randomUUID } from "node:crypto";
import type { DatabaseAvailability } from "../../../platform/platform";
import { timestamp } from "../../clock";
import { membershipChanged, type Cloud } from "../account/cloud";
import {
  adminUser,
  databasePorts,
  defaultDatabase,
  publicHost,
  serverConnections,
  standbyConnections,
} from "../account/database-connections";
import { checkPostgresqlConfig, defaultPostgresqlConfig, type PostgresqlConfig } from "../account/postgresql-config";
import { notEmulated, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type Handler } from "../account/route";
import { hasTag, type DatabaseClusterRecord, type DatabaseServer } from "../account/store";
import { defaultProjectId } from "../account/views";
import { readAutoscale } from "./database-autoscale";
import { readRestore, takeOverContents, type Restore } from "./database-backups";
import { findOnline } from "./database-contents";
import { readRules } from "./database-firewall";
import {
  bringUp,
  checkNodeCount,
  checkNotFailed,
  findCluster,
  findDatabaseSize,
  findServer,
  newPassword,
  placeOf,
  readPlace,
  takeAddresses,
  tearDown,
  viewCredentials,
} from "./database-servers";

const otherEngines = ["mysql", "redis", "valkey", "mongodb", "kafka", "opensearch", "advanced_pg", "advanced_mysql"];
const offeredVersions = ["14", "15", "16", "17"];
const defaultVersion = "17";
/** The community's end of a version, and DigitalOcean's of new clusters with it, half a year before. */
const versionEnds: Readonly<Record<string, { readonly life: string; readonly availability: string }>> = {
  "14": { life: "2026-11-12T00:00:00Z", availability: "2026-05-12T00:00:00Z" },
  "15": { life: "2027-11-11T00:00:00Z", availability: "2027-05-12T00:00:00Z" },
  "16": { life: "2028-11-09T00:00:00Z", availability: "2028-05-09T00:00:00Z" },
  "17": { life: "2029-11-08T00:00:00Z", availability: "2029-05-08T00:00:00Z" },
};
const namePattern = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/**
 * PostgreSQL only, empty or from a backup. Answers with status "creating" or "forking"; "online" follows when the platform
 * has it.
 */
export const createCluster: Handler = async (cloud, request) => {
  const { body } = request;
  const engine = body.choice("engine", ["pg", ...otherEngines]);
  if (engine !== "pg") throw notEmulated(`database engine ${engine} is not emulated by the local cloud, only pg`);
  const restore = await readRestore(cloud, request);
  const version = body.choice("version", offeredVersions, restore?.source.version ?? defaultVersion);
  if (restore && version !== restore.source.version)
    throw unprocessable(`version: must be that of ${restore.source.name}, ${restore.source.version}, got ${version}`);
  const size = findDatabaseSize(cloud, body.text("size"));
  const name = checkedName(cloud, body.text("name"));
  const nodeCount = checkNodeCount(size, body.number("num_nodes"));
  const autoscale = body.has("autoscale") ? readAutoscale(body.object("autoscale")) : undefined;
  const { region, vpc, tags } = readPlace(cloud, request, undefined);
  const rules = readRules(cloud, body, []);
  const cluster: DatabaseClusterRecord = {
    addresses: takeAddresses(cloud, vpc, nodeCount),
    id: randomUUID(),
    name,
    region,
    vpcId: vpc.id,
    createdAt: timestamp(cloud.clock.now()),
    projectId: body.optionalText("project_id") ?? defaultProjectId,
    size: size.slug,
    storage: Math.max(size.storage, body.optionalNumber("storage_size_mib") ?? 0, restore?.source.storage ?? 0),
    status: restore ? "forking" : "creating",
    running: false,
    tags,
    rules,
    pools: [],
    version,
    nodeCount,
    maintenance: { day: "sunday", hour: "03:12:45" },
    users: [{ name: adminUser, role: "primary", password: restore?.source.users[0]?.password ?? newPassword() }],
    databases: [defaultDatabase],
    config: restore?.source.config ?? defaultPostgresqlConfig,
    autoscale,
    replicas: [],
  };
  cloud.store.clusters.set(cluster.id, cluster);
  bringUp(cloud, cluster, () => createOnPlatform(cloud, cluster, restore));
  return { status: 201, body: { database: viewCluster(cluster, request.may(viewCredentials)) } };
};

/** `GET /v2/databases/options`: what can be ordered. */
export const getDatabaseOptions: Handler = ({ catalogue }) => {
  const layouts = [1, 2, 3].map((nodes) => ({
    num_nodes: nodes,
    sizes: catalogue.databaseSizes.filter(({ largestNodeCount }) => largestNodeCount >= nodes).map(({ slug }) => slug),
  }));
  const regions = catalogue.regions.map(({ slug }) => slug);
  return ok({
    options: { pg: { regions, versions: offeredVersions, layouts, default_version: defaultVersion } },
    version_availability: { pg: offeredVersions.map((version) => ({ version, ...endsOf(version) })) },
  });
};

function endsOf(version: string) {
  return {
    end_of_life: versionEnds[version]?.life ?? null,
    end_of_availability: versionEnds[version]?.availability ?? null,
  };
}

/** `GET /v2/databases/:database`. */
export const getCluster: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  checkNotFailed(cluster);
  return ok({ database: viewCluster(cluster, request.may(viewCredentials)) });
};

/** `GET /v2/databases`. */
export const listClusters: Handler = (cloud, request) => {
  const tag = request.query["tag_name"];
  const shown = [...cloud.store.clusters.values()].filter(({ tags }) => tag === undefined || hasTag(tags, tag));
  return ok(paginate("databases", shown, request, (cluster) => viewCluster(cluster, request.may(viewCredentials))));
};

/** With its replicas. Gone from the API at once; its VPC stays occupied for a while. */
export const deleteCluster: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  cloud.store.clusters.delete(cluster.id);
  for (const replica of cluster.replicas)
    tearDown(cloud, replica, () => cloud.platform.databases.destroyReplica(replica.id));
  tearDown(cloud, cluster, () => cloud.platform.databases.destroyCluster(cluster.id));
  membershipChanged(cloud);
  return noContent;
};

/** Of a cluster, or of a replica by its own id. Storage never shrinks. */
export const resizeDatabase: Handler = (cloud, request) => {
  const server = findServer(cloud, request);
  const size = findDatabaseSize(cloud, request.body.text("size"));
  const nodeCount = checkNodeCount(size, request.body.number("num_nodes"));
  const storage = request.body.optionalNumber("storage_size_mib") ?? Math.max(size.storage, server.storage);
  if (server.status !== "online") throw unprocessable("cluster is not online");
  if (storage < server.storage || size.storage < findDatabaseSize(cloud, server.size).storage) {
    throw unprocessable("cluster storage can not be reduced");
  }
  const cluster = cloud.store.clusters.get(server.id);
  // New nodes of another plan are there beside the old ones, one at a time.
  const nodes = cluster ? Math.max(nodeCount, cluster.nodeCount) : 1;
  takeMoreAddresses(cloud, server, size.slug === server.size ? nodes : nodes + 1);
  server.status = "resizing";
  void (async () => {
    try {
      await cloud.clock.sleep(cloud.latencies.databaseResize);
      const { id, addresses } = server;
      await cloud.platform.databases.resize(id, { nodeCount, memoryMiB: size.memory, addresses });
      if (cluster) cluster.nodeCount = nodeCount;
      server.size = size.slug;
      server.storage = storage;
    } catch (error) {
      cloud.log.error({ err: error, database: server.id }, "the platform could not resize a database");
    } finally {
      server.status = "online";
    }
  })();
  return { status: 202 };
};

/** Day in lower case, hour with seconds, whatever was sent. */
export const setMaintenanceWindow: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const day = request.body.text("day").toLowerCase();
  const hour = request.body.text("hour");
  if (!(days as readonly string[]).includes(day))
    throw unprocessable(`day must be one of ${days.join(", ")}, got ${day}`);
  const [, hours = "", minutes = "", seconds = "00"] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(hour) ?? [];
  if (hours === "") throw unprocessable(`hour must be a time of day such as 02:00, got ${hour}`);
  cluster.maintenance = { day, hour: `${hours.padStart(2, "0")}:${minutes}:${seconds}` };
  return noContent;
};

/** Begins at once what else would wait for the maintenance window: new nodes take the place of the old ones. */
export const installUpdate: Handler = (cloud, request) => {
  const cluster = findOnline(cloud, request);
  takeMoreAddresses(cloud, cluster, cluster.nodeCount + 1);
  void cloud.platform.databases.replaceNodes(cluster.id, cluster.addresses).catch((error: unknown) => {
    cloud.log.error({ err: error, database: cluster.id }, "the platform could not update a database");
  });
  return noContent;
};

function takeMoreAddresses(cloud: Cloud, server: DatabaseServer, count: number): void {
  const vpc = cloud.store.vpcs.get(server.vpcId);
  if (vpc) server.addresses = takeAddresses(cloud, vpc, count, server.addresses);
}

/** To a later major version. Only the API's object changes: Debian 13, which the platform runs, has PostgreSQL 17 only. */
export const upgradeCluster: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const version = request.body.choice("version", offeredVersions);
  if (Number(version) <= Number(cluster.version))
    throw unprocessable(`version must be above ${cluster.version}, got ${version}`);
  cluster.version = version;
  return noContent;
};

/** The certificate of the CA that signs the cluster's server certificates, base64 of PEM. */
export const getDatabaseAuthority: Handler = async (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const pem = await cloud.platform.databases.certificateAuthority(cluster.id);
  return ok({ ca: { certificate: Buffer.from(pem).toString("base64") } });
};

/** `GET /v2/databases/:database/config`. */
export const getPostgresqlConfig: Handler = (cloud, request) => ok({ config: findCluster(cloud, request).config });

/** Merged into what is there. */
export const patchPostgresqlConfig: Handler = async (cloud, request) => {
  const cluster = findOnline(cloud, request);
  const config = { ...cluster.config, ...checkPostgresqlConfig(request.body.object("config").entries()) };
  if (config["synchronous_replication"] === "quorum" && cluster.nodeCount === 1)
    throw unprocessable("config.synchronous_replication: must be off on a cluster without a standby, got quorum");
  await cloud.platform.databases.setAvailability(cluster.id, availabilityOf(config));
  cluster.config = config;
  return { status: 200 };
};

function availabilityOf(config: PostgresqlConfig): DatabaseAvailability {
  return {
    failoverAfterSeconds: Number(config["max_failover_replication_time_lag"]),
    synchronousReplication: config["synchronous_replication"] === "quorum" ? "quorum" : "off",
    dailyBackup: { hour: Number(config["backup_hour"]), minute: Number(config["backup_minute"]) },
  };
}

async function createOnPlatform(
  cloud: Cloud,
  cluster: DatabaseClusterRecord,
  restore: Restore | undefined,
): Promise<void> {
  const { user, password } = cloud.store.metricsLogin;
  await cloud.platform.databases.setMetricsLogin(user, password);
  await cloud.platform.databases.createCluster({
    ...placeOf(cloud, cluster),
    ...availabilityOf(cluster.config),
    id: cluster.id,
    name: cluster.name,
    version: cluster.version,
    nodeCount: cluster.nodeCount,
    memoryMiB: findDatabaseSize(cloud, cluster.size).memory,
    port: databasePorts.direct,
    poolPort: databasePorts.pools,
    adminUser,
    adminPassword: cluster.users[0]?.password ?? "",
    defaultDatabase,
    origin: restore?.origin,
  });
  if (restore) await takeOverContents(cloud, cluster, restore);
}

function checkedName(cloud: Cloud, name: string): string {
  if (!namePattern.test(name)) {
    throw unprocessable(
      "invalid name: must be 3 to 63 lower-case letters, digits and dashes, not starting or ending with a dash",
    );
  }
  if (cloud.store.databaseServers().some((server) => server.name === name))
    throw unprocessable(`cluster name is not available: ${name}`);
  return name;
}

/** A cluster as the API shows it. */
export function viewCluster(cluster: DatabaseClusterRecord, mayViewCredentials: boolean): Record<string, unknown> {
  return {
    id: cluster.id,
    name: cluster.name,
    engine: "pg",
    version: cluster.version,
    semantic_version: `${cluster.version}.4`,
    num_nodes: cluster.nodeCount,
    size: cluster.size,
    region: cluster.region,
    status: cluster.status,
    created_at: cluster.createdAt,
    project_id: cluster.projectId,
    private_network_uuid: cluster.vpcId,
    tags: cluster.tags,
    db_names: cluster.databases,
    users: cluster.users.map((user) => ({ ...user, password: mayViewCredentials ? user.password : "" })),
    storage_size_mib: cluster.storage,
    ...(cluster.autoscale && { autoscale: cluster.autoscale }),
    maintenance_window: { ...cluster.maintenance, pending: false, description: [] },
    ...serverConnections(cluster, cluster, mayViewCredentials),
    ...(cluster.nodeCount > 1 && standbyConnections(cluster, mayViewCredentials)),
    metrics_endpoints: [{ host: publicHost(cluster), port: databasePorts.metrics }],
    version_end_of_life: "2029-11-08T00:00:00Z",
    version_end_of_availability: "2029-05-08T00:00:00Z",
  };
}
