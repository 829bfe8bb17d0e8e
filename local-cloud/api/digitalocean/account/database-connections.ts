import type { DatabaseClusterRecord, DatabasePoolRecord, DatabaseServer } from "./store";

/** Ports of a managed PostgreSQL: the server itself, its connection pools, and its figures for Prometheus. */
export const databasePorts = { direct: 25060, pools: 25061, metrics: 9273 } as const;

/** The user that every cluster has from the start. */
export const adminUser = "doadmin";

/** The database that every cluster has from the start. */
export const defaultDatabase = "defaultdb";

const domain = "b.db.ondigitalocean.com";

/** Public name of a cluster or replica. */
export function publicHost(server: Pick<DatabaseServer, "name">): string {
  return `${server.name}-do-user-1-0.${domain}`;
}

/** Name of a cluster or replica inside its VPC. */
export function privateHost(server: Pick<DatabaseServer, "name">): string {
  return `private-${publicHost(server)}`;
}

/** One way to connect, as DigitalOcean shows it; without the right to see credentials the password is left empty. */
export interface Connection {
  readonly protocol: "postgresql";
  readonly uri: string;
  readonly database: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly ssl: true;
}

/** `connection` and `private_connection` of a server. */
export function serverConnections(
  server: DatabaseServer,
  cluster: DatabaseClusterRecord,
  mayViewCredentials: boolean,
): { readonly connection: Connection; readonly private_connection: Connection } {
  const login = adminLogin(cluster, mayViewCredentials);
  const to = (host: string): Connection => connection(host, databasePorts.direct, login, defaultDatabase);
  return { connection: to(publicHost(server)), private_connection: to(privateHost(server)) };
}

/** The same for a pool: its name stands in the place of the database. */
export function poolConnections(
  server: DatabaseServer,
  cluster: DatabaseClusterRecord,
  pool: DatabasePoolRecord,
  mayViewCredentials: boolean,
): { readonly connection: Connection; readonly private_connection: Connection } {
  const user = cluster.users.find(({ name }) => name === pool.user);
  const login = user
    ? { user: user.name, password: mayViewCredentials ? user.password : "" }
    : adminLogin(cluster, mayViewCredentials);
  const to = (host: string): Connection => connection(host, databasePorts.pools, login, pool.name);
  return { connection: to(publicHost(server)), private_connection: to(privateHost(server)) };
}

/** Connections to the standby, which DigitalOcean names by a prefix. */
export function standbyConnections(
  cluster: DatabaseClusterRecord,
  mayViewCredentials: boolean,
): { readonly standby_connection: Connection; readonly standby_private_connection: Connection } {
  const login = adminLogin(cluster, mayViewCredentials);
  const to = (host: string): Connection => connection(host, databasePorts.direct, login, defaultDatabase);
  return {
    standby_connection: to(`replica-${publicHost(cluster)}`),
    standby_private_connection: to(`private-replica-${publicHost(cluster)}`),
  };
}

function adminLogin(cluster: DatabaseClusterRecord, mayViewCredentials: boolean): { user: string; password: string } {
  const password = cluster.users.find(({ name }) => name === adminUser)?.password ?? "";
  return { user: adminUser, password: mayViewCredentials ? password : "" };
}

function connection(
  host: string,
  port: number,
  login: { readonly user: string; readonly password: string },
  database: string,
): Connection {
  const credentials = login.password === "" ? login.user : `${login.user}:${login.password}`;
  return {
    protocol: "postgresql",
    uri: `postgresql://${credentials}@${host}:${port}/${database}?sslmode=require`,
    database,
    host,
    port,
    user: login.user,
    password: login.password,
    ssl: true,
  };
}
