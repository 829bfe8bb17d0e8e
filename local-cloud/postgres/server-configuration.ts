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
}

/** The configuration file of one server; everything that all servers share is included from a file. */
export function renderServerConfiguration({
  name,
  port,
  connections,
  source,
  replayDelaySeconds,
  awaitedStandbys,
}: ServerSettings): string {
  const lines = [
    "include '/srv/configuration/postgresql.conf'",
    setting("cluster_name", name),
    `port = ${port}`,
    `max_connections = ${connections.max}`,
    `superuser_reserved_connections = ${connections.reserved}`,
    `recovery_min_apply_delay = ${replayDelaySeconds}s`,
  ];
  if (awaitedStandbys.length > 0) {
    const names = awaitedStandbys.map((standby) => `"${standby}"`).join(", ");
    lines.push(setting("synchronous_standby_names", `ANY 1 (${names})`));
  }
  if (source) lines.push(setting("primary_conninfo", renderConnectionString({ ...source, application_name: name })));
  return lines.join("\n") + "\n";
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
