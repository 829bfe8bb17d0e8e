import { notZero } from "../checks";
import type { Deadline } from "../deadline";
import { Fields } from "../fields";
import { parseGoDuration } from "../go-duration";
import type { CreateCall, PlanChange, ResourceType, UpdateCall } from "../provider";
import { computed, listOf, optional, required, sdkId, type NestedBlock } from "../schema";
import { isObject, isUnknown, type Values } from "../values";
import { isStatus, saying, type DigitalOceanClient } from "./client";
import { connectionAttributes, connectionState, type Connection, type Connections } from "./database-connection";
import { maintenanceWindowBlock } from "./maintenance-window";
import { waitUntilOnline } from "./database-wait";
import { changeTags, setValue, tags } from "./tag-set";

interface Cluster extends Connections {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly size: string;
  readonly region: string;
  readonly num_nodes: number;
  readonly storage_size_mib: number;
  readonly private_network_uuid: string;
  readonly project_id: string;
  readonly tags?: readonly string[] | null;
  readonly maintenance_window?: { readonly day: string; readonly hour: string } | null;
  readonly ui_connection?: Connection | null;
  readonly metrics_endpoints?: readonly { readonly host: string; readonly port: number }[] | null;
}

const secret = computed("string", { sensitive: true });

const backupRestoreBlock: NestedBlock = {
  nesting: "list",
  maxItems: 1,
  block: { attributes: { database_name: required("string"), backup_created_at: optional("string") } },
};

/** `digitalocean_database_cluster` */
export const databaseCluster: ResourceType<DigitalOceanClient> = {
  timeouts: { create: "30m0s" },
  attributes: {
    id: sdkId,
    name: required("string", { forceNew: true, check: notZero }),
    engine: required("string", { forceNew: true, check: notZero }),
    version: optional("string"),
    size: required("string", { check: notZero }),
    region: required("string", { store: (region) => region.toLowerCase(), check: notZero }),
    node_count: required("number", { check: notZero }),
    eviction_policy: optional("string", { check: notZero }),
    sql_mode: optional("string"),
    private_network_uuid: optional("string", { computed: true, forceNew: true, check: notZero }),
    project_id: optional("string", { computed: true, forceNew: true, check: notZero }),
    storage_size_mib: optional("string", { computed: true }),
    tags: tags(),
    ...connectionAttributes,
    database: computed("string"),
    user: computed("string"),
    urn: computed("string"),
    metrics_endpoints: computed(listOf("string")),
    ui_host: computed("string"),
    ui_port: computed("number"),
    ui_database: computed("string"),
    ui_user: computed("string"),
    ui_uri: secret,
    ui_password: secret,
  },
  blocks: { maintenance_window: maintenanceWindowBlock, backup_restore: backupRestoreBlock },

  adjustPlan(change) {
    checkCluster(change);
    return change.planned;
  },

  create: createCluster,

  read: (state, { client }) => readCluster(client, state),

  update: updateCluster,

  delete: (state, { client }) => saying("Error deleting database cluster:", client.delete(`/v2/databases/${state.id}`)),

  import: (id) => ({ id }),
};

/** The cluster is not reported as created before it is online: a failed wait leaves an orphan, as it really does. */
async function createCluster(call: CreateCall<DigitalOceanClient>): Promise<Values | undefined> {
  const { client, planned, config, deadline, created } = call;
  const answer = await saying(
    "Error creating database cluster:",
    client.post<{ database: Cluster }>("/v2/databases", clusterBody(planned, config)),
  );
  const path = `/v2/databases/${answer.database.id}`;
  await saying("Error creating database cluster:", waitForCluster(client, path, deadline.limitSeconds, deadline));
  const state = { id: answer.database.id, ...connectionState(answer.database, {}) };
  created(state);
  const window = maintenanceBody(planned);
  if (window) {
    await saying("Error adding maintenance window for database cluster:", client.put(`${path}/maintenance`, window));
  }
  return readCluster(client, { ...planned, ...state });
}

function clusterBody(planned: Values, config: Values): object {
  const fields = new Fields(planned);
  const clusterTags = fields.strings("tags");
  const [restore] = fields.blocks("backup_restore");
  return {
    name: fields.string("name"),
    engine: fields.string("engine"),
    version: fields.string("version"),
    size: fields.string("size"),
    region: new Fields(config).string("region"),
    num_nodes: fields.number("node_count"),
    private_network_uuid: fields.string("private_network_uuid"),
    project_id: fields.string("project_id"),
    storage_size_mib: Number(fields.string("storage_size_mib")) || undefined,
    tags: clusterTags.length > 0 ? clusterTags : undefined,
    backup_restore: restore && {
      database_name: restore.string("database_name"),
      backup_created_at: restore.string("backup_created_at") || undefined,
    },
    rules: null,
  };
}

async function updateCluster(call: UpdateCall<DigitalOceanClient>): Promise<Values | undefined> {
  const { client, planned, prior, deadline, changed } = call;
  const fields = new Fields(planned);
  const path = `/v2/databases/${prior.id}`;
  // The limit of waits is the one for creation, also in an update.
  const createLimit = isObject(planned.timeouts) ? planned.timeouts.create : undefined;
  const limitSeconds = parseGoDuration(typeof createLimit === "string" ? createLimit : "30m0s");
  try {
    if (changed("size", "node_count", "storage_size_mib")) {
      const storage = changed("storage_size_mib") ? Number(fields.string("storage_size_mib")) : 0;
      const body = {
        size: fields.string("size"),
        num_nodes: fields.number("node_count"),
        storage_size_mib: storage || undefined,
      };
      await saying("Error resizing database cluster:", client.put(`${path}/resize`, body));
      await saying("Error resizing database cluster:", waitForCluster(client, path, limitSeconds, deadline));
    }
    if (changed("region")) {
      const body = { region: new Fields(call.config).string("region"), private_network_uuid: "" };
      await saying("Error migrating database cluster:", client.put(`${path}/migrate`, body));
      await saying("Error migrating database cluster:", waitForCluster(client, path, limitSeconds, deadline));
    }
    if (changed("maintenance_window")) {
      const window = maintenanceBody(planned);
      if (!window) throw new Error("maintenance_window: cannot be removed; the real provider crashes on it");
      const title = "Error updating maintenance window for database cluster:";
      await saying(title, client.put(`${path}/maintenance`, window));
    }
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
  if (changed("version")) {
    const title = "Error upgrading version for database cluster:";
    await saying(title, client.put(`${path}/upgrade`, { version: fields.string("version") }));
  }
  if (changed("tags")) {
    const cluster = { id: String(prior.id), type: "database" } as const;
    const change = changeTags(client, cluster, new Fields(prior).strings("tags"), fields.strings("tags"));
    await saying("Error updating tags:", change);
  }
  return readCluster(client, planned);
}

async function readCluster(client: DigitalOceanClient, prior: Values): Promise<Values | undefined> {
  const path = `/v2/databases/${prior.id}`;
  const answer = await saying("Error retrieving database cluster:", client.tryGet<{ database: Cluster }>(path));
  if (!answer) return undefined;
  const cluster = answer.database;
  const { connection, ui_connection: ui, metrics_endpoints: endpoints } = cluster;
  return {
    id: cluster.id,
    name: cluster.name,
    engine: cluster.engine,
    version: cluster.version,
    size: cluster.size,
    region: cluster.region,
    node_count: cluster.num_nodes,
    storage_size_mib: String(cluster.storage_size_mib),
    tags: setValue(cluster.tags),
    private_network_uuid: cluster.private_network_uuid,
    project_id: cluster.project_id,
    urn: `do:dbaas:${cluster.id}`,
    ...connectionState(cluster, prior),
    ...(connection && { database: connection.database, user: connection.user }),
    ...(ui && { ui_host: ui.host, ui_port: ui.port, ui_database: ui.database, ui_user: ui.user, ui_uri: ui.uri }),
    ...(ui && { ui_password: ui.password ?? "" }),
    ...(endpoints?.length && {
      metrics_endpoints: endpoints.map(({ host, port }) => `https://${host}:${port}/metrics`),
    }),
    ...(new Fields(prior).has("maintenance_window") && maintenanceState(cluster)),
  };
}

function maintenanceState({ maintenance_window: window }: Cluster): Values {
  if (!window) {
    throw new Error("database.maintenance_window: missing in the API's answer; the real provider crashes on it");
  }
  return { maintenance_window: [{ day: window.day, hour: window.hour }] };
}

function maintenanceBody(planned: Values): object | undefined {
  const [window] = new Fields(planned).blocks("maintenance_window");
  return window && { day: window.string("day"), hour: window.string("hour") };
}

function waitForCluster(
  client: DigitalOceanClient,
  path: string,
  limitSeconds: number,
  deadline: Deadline,
): Promise<void> {
  return waitUntilOnline(client, { path, key: "database", title: "database cluster", limitSeconds }, deadline);
}

/** What the real provider refuses when it plans, and what only other engines than PostgreSQL have. */
function checkCluster({ prior, config, planned }: PlanChange): void {
  if (!planned.version && !isUnknown(config.version)) {
    const stored = prior?.version;
    throw new Error(
      stored
        ? `The argument "version" is now required. Set the ${planned.engine} version to the value saved to state: ${stored}`
        : `The argument "version" is required, but no definition was found.`,
    );
  }
  if (planned.sql_mode) throw new Error("sql_mode is only supported for MySQL Database Clusters");
  if (planned.eviction_policy) {
    throw new Error("eviction_policy is only supported for Redis or Valkey Database Clusters");
  }
}
