import { between, notZero, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import {
  optional,
  required,
  sdkId,
  setOf,
  type Attribute,
  type Attributes,
  type Check,
  type NestedBlock,
} from "../plugin/schema";
import type { Value, Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { shortestFloat32 } from "./float32";

const setting = (type: "string" | "number" | "bool", check?: Check): Attribute =>
  optional(type, { computed: true, ...(check && { check }) });

const onOrOff = oneOf("off", "on");

/** The settings, by the names that the API has too, with a dot for one underscore in those of extensions. */
const settings: Attributes = {
  autovacuum_freeze_max_age: setting("number"),
  autovacuum_max_workers: setting("number"),
  autovacuum_naptime: setting("number"),
  autovacuum_vacuum_threshold: setting("number"),
  autovacuum_analyze_threshold: setting("number"),
  autovacuum_vacuum_scale_factor: setting("number"),
  autovacuum_analyze_scale_factor: setting("number"),
  autovacuum_vacuum_cost_delay: setting("number"),
  autovacuum_vacuum_cost_limit: setting("number"),
  bgwriter_delay: setting("number"),
  bgwriter_flush_after: setting("number"),
  bgwriter_lru_maxpages: setting("number"),
  bgwriter_lru_multiplier: setting("number"),
  deadlock_timeout: setting("number"),
  default_toast_compression: setting("string", oneOf("lz4", "pglz")),
  idle_in_transaction_session_timeout: setting("number"),
  jit: setting("bool"),
  log_autovacuum_min_duration: setting("number"),
  log_error_verbosity: setting("string", oneOf("TERSE", "DEFAULT", "VERBOSE")),
  log_line_prefix: setting(
    "string",
    oneOf(
      "pid=%p,user=%u,db=%d,app=%a,client=%h",
      "%m [%p] %q[user=%u,db=%d,app=%a]",
      "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h",
    ),
  ),
  log_min_duration_statement: setting("number"),
  max_files_per_process: setting("number"),
  max_prepared_transactions: setting("number"),
  max_pred_locks_per_transaction: setting("number"),
  max_locks_per_transaction: setting("number"),
  max_stack_depth: setting("number"),
  max_standby_archive_delay: setting("number"),
  max_standby_streaming_delay: setting("number"),
  max_replication_slots: setting("number"),
  max_logical_replication_workers: setting("number"),
  max_parallel_workers: setting("number"),
  max_parallel_workers_per_gather: setting("number"),
  max_worker_processes: setting("number"),
  pg_partman_bgw_role: setting("string"),
  pg_partman_bgw_interval: setting("number"),
  pg_stat_statements_track: setting("string"),
  temp_file_limit: setting("number"),
  timezone: setting("string"),
  track_activity_query_size: setting("number"),
  track_commit_timestamp: setting("string", onOrOff),
  track_functions: setting("string", oneOf("all", "pl", "none")),
  track_io_timing: setting("string", onOrOff),
  max_wal_senders: setting("number"),
  wal_sender_timeout: setting("number"),
  wal_writer_delay: setting("number"),
  shared_buffers_percentage: setting("number", between(20, 60)),
  backup_hour: setting("number"),
  backup_minute: setting("number"),
  work_mem: setting("number"),
};

/** Settings that the real provider holds as 32 bit floats. */
const floats = new Set([
  "autovacuum_vacuum_scale_factor",
  "autovacuum_analyze_scale_factor",
  "bgwriter_lru_multiplier",
  "shared_buffers_percentage",
]);

const pgbouncerBlock: NestedBlock = {
  nesting: "list",
  computed: true,
  block: {
    attributes: {
      server_reset_query_always: setting("bool"),
      ignore_startup_parameters: optional(setOf("string"), { computed: true }),
      min_pool_size: setting("number"),
      server_lifetime: setting("number"),
      server_idle_timeout: setting("number"),
      autodb_pool_size: setting("number"),
      autodb_pool_mode: setting("string"),
      autodb_max_db_connections: setting("number"),
      autodb_idle_timeout: setting("number"),
    },
  },
};

const timescaledbBlock: NestedBlock = {
  nesting: "list",
  computed: true,
  maxItems: 1,
  block: { attributes: { max_background_workers: optional("number") } },
};

/** `digitalocean_database_postgresql_config`. Destroying it changes nothing on the cluster. */
export const databasePostgresqlConfig: ResourceType<DigitalOceanClient> = {
  attributes: { id: sdkId, cluster_id: required("string", { forceNew: true, check: notZero }), ...settings },
  blocks: { pgbouncer: pgbouncerBlock, timescaledb: timescaledbBlock },

  adjustPlan({ planned, config }) {
    if (new Fields(config).has("pgbouncer")) {
      throw new Error("pgbouncer: the real provider crashes on this block, got one, allowed none");
    }
    return planned;
  },

  async create({ client, planned, created }) {
    await patchConfig(client, planned);
    const id = configId(String(planned.cluster_id));
    created({ id });
    return readConfig(client, { ...planned, id });
  },

  read: (state, { client }) => readConfig(client, state),

  async update({ client, planned }) {
    await patchConfig(client, planned);
    return readConfig(client, planned);
  },

  async delete(_state, { warn }) {
    warn(
      "digitalocean_database_postgresql_config removed from state",
      "Database configurations are only removed from state when destroyed. The remote configuration is not unset.",
    );
  },

  import: (id) => ({ id: configId(id), cluster_id: id }),
};

const apiName = (name: string): string => name.replace(/^(pg_partman_bgw|pg_stat_statements)_/, "$1.");

const configId = (clusterId: string): string => `${clusterId}/postgresql-config`;

/** Sends everything that is set, also what was only read; zero cannot be sent, except for `jit`. */
async function patchConfig(client: DigitalOceanClient, planned: Values): Promise<void> {
  const fields = new Fields(planned);
  const isSent = (name: string) => fields.has(name) || (name === "jit" && planned[name] === false);
  const config: Record<string, Value> = {};
  for (const name of Object.keys(settings).filter(isSent)) {
    config[apiName(name)] = floats.has(name) ? shortestFloat32(fields.number(name)) : (planned[name] ?? null);
  }
  const [timescaledb] = fields.blocks("timescaledb");
  const body = { config: { ...config, ...(timescaledb && { timescaledb: timescaledb.values }) } };
  const patch = client.patch(`/v2/databases/${planned.cluster_id}/config`, body);
  await saying("Error updating PostgreSQL configuration:", patch);
}

async function readConfig(client: DigitalOceanClient, state: Values): Promise<Values | undefined> {
  const get = client.tryGet<{ config: Record<string, Value> }>(`/v2/databases/${state.cluster_id}/config`);
  const answer = await saying("Error retrieving PostgreSQL configuration:", get);
  if (!answer) return undefined;
  const found = Object.keys(settings).map((name) => {
    const value = answer.config[apiName(name)] ?? null;
    return [name, floats.has(name) && typeof value === "number" ? Math.fround(value) : value];
  });
  return { id: state.id ?? null, ...Object.fromEntries(found) };
}
