import type { ConnectionPool } from "../platform/platform";

export interface PoolerSettings {
  readonly port: number;
  /** Port in the name of the primary's unix socket. */
  readonly serverPort: number;
  readonly pools: readonly ConnectionPool[];
}

/**
 * Where passwords are looked up; no client can ask for it, and no pool can be called so. A connection of its own, which
 * ends at once: it would take one of those that the plan gives to users.
 */
const LOOK_UP = "cloud.passwords";

/** `pgbouncer.ini`. Logs in to the server by unix socket as whoever the client has proved to be. */
export function renderPgbouncerIni({ port, serverPort, pools }: PoolerSettings): string {
  return [
    "[databases]",
    ...pools.map((pool) => renderPool(pool, serverPort)),
    `${LOOK_UP} = host=/srv/socket port=${serverPort} dbname=postgres pool_mode=statement pool_size=1 server_lifetime=1`,
    "",
    "[pgbouncer]",
    "listen_addr = *",
    `listen_port = ${port}`,
    "unix_socket_dir = /srv/socket",
    "admin_users = postgres",
    "client_tls_sslmode = require",
    "client_tls_cert_file = /srv/tls/server.pem",
    "client_tls_key_file = /srv/tls/server.key",
    "auth_type = hba",
    "auth_hba_file = /srv/pooler/hba.conf",
    "auth_file = /srv/pooler/users",
    "auth_user = postgres",
    `auth_dbname = ${LOOK_UP}`,
    "auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin AND NOT rolsuper",
    "max_client_conn = 5000",
    // Clients of the usual drivers send it, and it changes nothing on a shared connection.
    "ignore_startup_parameters = extra_float_digits",
    // The defaults (15 s) would hold clients back long after a failover.
    "server_login_retry = 1",
    "server_connect_timeout = 3",
    "",
  ].join("\n");
}

/**
 * Who may use which pool: its user, or every user where the pool names none. Nobody gets in without TLS.
 * The console is for whoever may open the unix socket: the cloud.
 */
export function renderPgbouncerHba(pools: readonly ConnectionPool[]): string {
  const clients = pools.map(
    ({ name, user }) => `hostssl ${hbaName(name)} ${user === undefined ? "all" : hbaName(user)} all scram-sha-256`,
  );
  return ["local pgbouncer postgres trust", ...clients, ""].join("\n");
}

function renderPool({ name, mode, size, database, user }: ConnectionPool, serverPort: number): string {
  const settings: ReadonlyArray<readonly [string, string]> = [
    ["host", "/srv/socket"],
    ["port", `${serverPort}`],
    ["dbname", iniValue(database)],
    ...(user === undefined ? [] : [["user", iniValue(user)] as const]),
    ["pool_mode", mode],
    ["pool_size", `${size}`],
  ];
  return `${iniName(name)} = ${settings.map(([key, value]) => `${key}=${value}`).join(" ")}`;
}

/** PgBouncer takes no other characters in the name of a database of its file, quoted or not. */
function iniName(name: string): string {
  if (/^[A-Za-z0-9_.-]+$/.test(name)) return name;
  throw new Error(`pool.name: must be letters, digits, ".", "_" and "-", got ${JSON.stringify(name)}`);
}

function iniValue(value: string): string {
  return `'${refuseControls(value).replaceAll("'", "''")}'`;
}

function hbaName(name: string): string {
  if (name.includes('"')) throw new Error(`pool: a name must not hold a double quote, got ${JSON.stringify(name)}`);
  return `"${refuseControls(name)}"`;
}

function refuseControls(text: string): string {
  if (/[\0-\x1f]/.test(text)) throw new Error(`pool: must not hold control characters, got ${JSON.stringify(text)}`);
  return text;
}
