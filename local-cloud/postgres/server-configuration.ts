import type { ConnectionLimits } from "../platform/database-connections";

/** How a standby reaches the server that it follows: settings of libpq. */
export type Source = Readonly<Record<string, string>>;

export interface ServerSettings {
  /** Shown in the process list and in the primary's `pg_stat_replication`. */
  readonly name: string;
  readonly port: number;
  readonly connections: ConnectionLimits;
  /** undefined on a primary. */
  readonly source: Source | undefined;
  /** How long a standby keeps back what it has received. */
  readonly replayDelaySeconds: number;
  /** Names of standbys, one of which has to have a commit before it is acknowledged. None: nobody has to. */
  readonly awaitedStandbys: readonly string[];
  /** New transactions cannot write, whoever begins them. */
  readonly readOnly: boolean;
  /** Whether WAL goes to the backups, by way of `/srv/archive`. */
  readonly archives: boolean;
  /** Where a restored server stops to read WAL from `/srv/restore`. */
  readonly recoveryTarget?: RecoveryTarget;
}

/** The end of the base backup, a moment (milliseconds since 1970), or the end of what is there. */
export type RecoveryTarget = "backup" | number | "end";

const ARCHIVE_COMMAND = 'gzip --fast <"%p" >"/srv/archive/.%f" && mv "/srv/archive/.%f" "/srv/archive/%f.gz"';
const RESTORE_COMMAND = 'test -e "/srv/restore/%f.gz" && gzip -dc "/srv/restore/%f.gz" >"%p"';

/** The configuration file of one server; everything that all servers share is included from a file. */
export function renderServerConfiguration({
  name,
  port,
  connections,
  source,
  replayDelaySeconds,
  awaitedStandbys,
  readOnly,
  archives,
  recoveryTarget,
}: ServerSettings): string {
  const lines = [
    "include '/srv/configuration/postgresql.conf'",
    setting("cluster_name", name),
    `port = ${port}`,
    `max_connections = ${connections.max}`,
    `superuser_reserved_connections = ${connections.reserved}`,
    `recovery_min_apply_delay = ${replayDelaySeconds}s`,
  ];
  if (readOnly) lines.push("default_transaction_read_only = on");
  lines.push(setting("archive_command", archives ? ARCHIVE_COMMAND : "/bin/true"));
  if (recoveryTarget !== undefined) lines.push(...renderRecovery(recoveryTarget));
  if (awaitedStandbys.length > 0) {
    const names = awaitedStandbys.map((standby) => `"${standby}"`).join(", ");
    lines.push(setting("synchronous_standby_names", `ANY 1 (${names})`));
  }
  if (source) lines.push(setting("primary_conninfo", renderConnectionString({ ...source, application_name: name })));
  return lines.join("\n") + "\n";
}

function renderRecovery(target: RecoveryTarget): string[] {
  const lines = [setting("restore_command", RESTORE_COMMAND), setting("recovery_target_action", "promote")];
  if (target === "backup") lines.push(setting("recovery_target", "immediate"));
  // PostgreSQL takes no names of time zones here, and Z is one.
  const time = (at: number) => new Date(at).toISOString().replace("Z", "+00");
  if (typeof target === "number") lines.push(setting("recovery_target_time", time(target)));
  return lines;
}

/** libpq's keyword/value form, every value quoted. */
export function renderConnectionString(source: Source): string {
  return Object.entries(source)
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, "\\$&")}'`)
    .join(" ");
}

function setting(key: string, value: string): string {
  return `${key} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
