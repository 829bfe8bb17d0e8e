import { badRequest, unprocessable } from "./errors";

/** What a setting may be. `initial`: its value in a new cluster; without one it is not shown until it is set. */
type Setting =
  | { readonly type: "integer" | "number"; readonly from: number; readonly to: number; readonly initial?: number }
  | { readonly type: "boolean"; readonly initial?: boolean }
  | { readonly type: "text"; readonly pattern?: RegExp; readonly oneOf?: readonly string[]; readonly initial?: string }
  | { readonly type: "texts"; readonly oneOf: readonly string[]; readonly initial: readonly string[] }
  | { readonly type: "group"; readonly settings: Settings };

type Settings = Readonly<Record<string, Setting>>;

/** What the API shows and takes, by the names of the settings. */
export type PostgresqlConfig = Readonly<Record<string, unknown>>;

const largestInteger = 2147483647;
const onOrOff = ["off", "on"];

/**
 * DigitalOcean's advanced configuration of PostgreSQL: names, kinds and limits are those of its API description, what a
 * new cluster has is PostgreSQL's and DigitalOcean's own default. Only `max_failover_replication_time_lag`,
 * `synchronous_replication` and the time of backups change anything here; the others are kept.
 */
const settings: Settings = {
  autovacuum_freeze_max_age: integer(200000000, 1500000000, 200000000),
  autovacuum_max_workers: integer(1, 20, 3),
  autovacuum_naptime: integer(0, 86400, 60),
  autovacuum_vacuum_threshold: integer(0, largestInteger, 50),
  autovacuum_analyze_threshold: integer(0, largestInteger, 50),
  autovacuum_vacuum_scale_factor: number(0, 1, 0.2),
  autovacuum_analyze_scale_factor: number(0, 1, 0.2),
  autovacuum_vacuum_cost_delay: integer(-1, 100, 20),
  autovacuum_vacuum_cost_limit: integer(-1, 10000, 200),
  backup_hour: integer(0, 23, 3),
  backup_minute: integer(0, 59, 30),
  bgwriter_delay: integer(10, 10000, 200),
  bgwriter_flush_after: integer(0, 2048, 512),
  bgwriter_lru_maxpages: integer(0, 1073741823, 100),
  bgwriter_lru_multiplier: number(0, 10, 2),
  deadlock_timeout: integer(500, 1800000),
  default_toast_compression: choice(["lz4", "pglz"]),
  idle_in_transaction_session_timeout: integer(0, 604800000, 0),
  jit: { type: "boolean", initial: true },
  log_autovacuum_min_duration: integer(-1, largestInteger, 1000),
  log_error_verbosity: choice(["TERSE", "DEFAULT", "VERBOSE"], "DEFAULT"),
  log_line_prefix: choice(
    [
      "pid=%p,user=%u,db=%d,app=%a,client=%h",
      "%m [%p] %q[user=%u,db=%d,app=%a]",
      "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h",
      // The first with a space after it, as a new cluster has it: the provider sends what it has read.
      "pid=%p,user=%u,db=%d,app=%a,client=%h ",
    ],
    "pid=%p,user=%u,db=%d,app=%a,client=%h ",
  ),
  log_min_duration_statement: integer(-1, 86400000, -1),
  max_failover_replication_time_lag: integer(10, Number.MAX_SAFE_INTEGER, 60),
  max_files_per_process: integer(1000, 4096),
  max_prepared_transactions: integer(0, 10000, 0),
  max_pred_locks_per_transaction: integer(64, 640),
  max_locks_per_transaction: integer(64, 6400),
  max_stack_depth: integer(2097152, 6291456),
  max_standby_archive_delay: integer(1, 43200000, 30000),
  max_standby_streaming_delay: integer(1, 43200000, 30000),
  max_replication_slots: integer(8, 64),
  max_logical_replication_workers: integer(4, 64),
  max_parallel_workers: integer(0, 96, 8),
  max_parallel_workers_per_gather: integer(0, 96, 2),
  max_wal_senders: integer(20, 64),
  max_worker_processes: integer(8, 96, 8),
  "pg_partman_bgw.role": { type: "text", pattern: /^[_A-Za-z0-9][-._A-Za-z0-9]{0,63}$/ },
  "pg_partman_bgw.interval": integer(3600, 604800),
  "pg_stat_statements.track": choice(["all", "top", "none"]),
  pgbouncer: {
    type: "group",
    settings: {
      server_reset_query_always: { type: "boolean", initial: false },
      ignore_startup_parameters: { type: "texts", oneOf: ["extra_float_digits", "search_path"], initial: [] },
      min_pool_size: integer(0, 10000, 0),
      server_lifetime: integer(60, 86400, 3600),
      server_idle_timeout: integer(0, 86400, 600),
      autodb_pool_size: integer(0, 10000, 0),
      autodb_pool_mode: choice(["session", "transaction", "statement"]),
      autodb_max_db_connections: integer(0, largestInteger, 0),
      autodb_idle_timeout: integer(0, 86400, 3600),
    },
  },
  shared_buffers_percentage: number(20, 60, 25),
  stat_monitor_enable: { type: "boolean" },
  synchronous_replication: choice(["off", "quorum"], "off"),
  temp_file_limit: integer(-1, largestInteger, 20000000),
  timescaledb: { type: "group", settings: { max_background_workers: integer(1, 4096, 16) } },
  timezone: { type: "text", pattern: /^.{1,64}$/, initial: "UTC" },
  track_activity_query_size: integer(1024, 10240, 1024),
  track_commit_timestamp: choice(onOrOff, "off"),
  track_functions: choice(["all", "pl", "none"], "pl"),
  track_io_timing: choice(onOrOff, "off"),
  wal_sender_timeout: integer(0, 10800000, 60000),
  wal_writer_delay: integer(10, 200, 200),
  work_mem: integer(1, 1024, 4),
};

/** The settings of a new cluster. */
export const defaultPostgresqlConfig: PostgresqlConfig = initialOf(settings);

/**
 * Checked changes. 400 for what is no setting or of the wrong kind (DigitalOcean answers that to a body without any, in
 * digitalocean/openapi #583), 422 for a value that is not allowed. Its API description documents neither.
 */
export function checkPostgresqlConfig(changes: Readonly<Record<string, unknown>>): PostgresqlConfig {
  if (Object.keys(changes).length === 0) throw badRequest("the mask must be set with which fields are being updated");
  checkGroup("config", settings, changes);
  return changes;
}

function checkGroup(path: string, known: Settings, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!setting) throw badRequest(`${path}: unknown setting ${name}`);
    checkSetting(`${path}.${name}`, setting, value);
  }
}

function checkSetting(path: string, setting: Setting, value: unknown): void {
  switch (setting.type) {
    case "integer":
    case "number":
      if (typeof value !== "number" || (setting.type === "integer" && !Number.isInteger(value)))
        throw badRequest(`${path}: must be of type ${setting.type}, got ${JSON.stringify(value)}`);
      if (value < setting.from || value > setting.to)
        throw unprocessable(`${path}: must be ${setting.from} to ${setting.to}, got ${value}`);
      return;
    case "boolean":
      if (typeof value !== "boolean") throw badRequest(`${path}: must be a boolean, got ${JSON.stringify(value)}`);
      return;
    case "text":
      if (typeof value !== "string") throw badRequest(`${path}: must be a string, got ${JSON.stringify(value)}`);
      if (setting.oneOf && !setting.oneOf.includes(value))
        throw unprocessable(`${path}: must be one of ${setting.oneOf.join(", ")}, got ${value}`);
      if (setting.pattern && !setting.pattern.test(value))
        throw unprocessable(`${path}: must match ${setting.pattern.source}, got ${value}`);
      return;
    case "texts":
      if (!Array.isArray(value)) throw badRequest(`${path}: must be a list, got ${JSON.stringify(value)}`);
      for (const entry of value) checkSetting(path, { type: "text", oneOf: setting.oneOf }, entry);
      return;
    case "group":
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw badRequest(`${path}: must be an object, got ${JSON.stringify(value)}`);
      return checkGroup(path, setting.settings, value as Record<string, unknown>);
  }
}

function initialOf(known: Settings): PostgresqlConfig {
  const values = Object.entries(known).map(
    ([name, setting]) => [name, setting.type === "group" ? initialOf(setting.settings) : setting.initial] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function integer(from: number, to: number, initial?: number): Setting {
  return { type: "integer", from, to, initial };
}

function number(from: number, to: number, initial: number): Setting {
  return { type: "number", from, to, initial };
}

function choice(oneOf: readonly string[], initial?: string): Setting {
  return { type: "text", oneOf, initial };
}
