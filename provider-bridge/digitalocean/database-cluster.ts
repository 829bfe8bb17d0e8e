import { notZero } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { CreateCall, PlanChange, ResourceType } from "../plugin/provider";
import { computed, listOf, optional, required, sdkId, type NestedBlock } from "../plugin/schema";
import { isUnknown, type Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { readCluster, type Cluster } from "./database-cluster-state";
import { updateCluster } from "./database-cluster-update";
import { connectionAttributes, connectionState } from "./database-connection";
import { waitForCluster } from "./database-wait";
import { maintenanceBody, maintenanceWindowBlock } from "./maintenance-window";
import { tags } from "./tag-set";

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

/** A cluster counts as created when it is online: a failed wait leaves an orphan, as with the real provider. */
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
