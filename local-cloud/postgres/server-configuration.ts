/** How a standby reaches the server that it follows: settings of libpq. */
export type Source = Readonly<Record<string, string>>;

export interface ServerSettings {
  /** Shown in the process list and in the primary's `pg_stat_replication`. */
  readonly name: string;
  readonly port: number;
  /** undefined on a primary. */
  readonly source: Source | undefined;
}

/** The configuration file of one server; everything that all servers share is included from a file. */
export function renderServerConfiguration({ name, port, source }: ServerSettings): string {
  const lines = ["include '/srv/configuration/postgresql.conf'", setting("cluster_name", name), `port = ${port}`];
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
