import type { PostgresServer } from "./postgres-server";
import { quoteIdentifier, quoteLiteral, scramVerifier } from "./sql-text";

/** Accounts that belong to the cloud; nobody can log in to them with a password. */
const RESERVED_USERS = ["postgres", "replicator"];

/** What the users of a cluster have made in it. */
export interface DatabaseContents {
  readonly users: readonly string[];
  readonly databases: readonly string[];
}

type Primary = Pick<PostgresServer, "query">;

/**
 * The admin user is no superuser. Its attributes are those that DigitalOcean's `doadmin` shows
 * (LukeMathWalker/zero-to-production #272); `pg_monitor` lets it see statistics and sessions of every user.
 */
export async function createAccounts(primary: Primary, adminUser: string, adminPassword: string): Promise<void> {
  const admin = quoteIdentifier(adminUser);
  await primary.query(
    "CREATE ROLE replicator LOGIN REPLICATION; " +
      `CREATE ROLE ${admin} LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS ` +
      `PASSWORD ${verifierLiteral(adminPassword)}; GRANT pg_monitor TO ${admin}`,
  );
  // DigitalOcean lets the admin user create it, which PostgreSQL by itself does not: here every database has it.
  await primary.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "template1");
}

/**
 * Makes a user or changes its password. A new user may connect to every database, as PostgreSQL lets everybody, and do
 * nothing in it until the admin user grants more: the schema `public` is closed since version 15.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/modify-user-privileges/
 */
export async function setUser(primary: Primary, name: string, password: string): Promise<void> {
  refuseReserved(name);
  const verb = (await hasUser(primary, name)) ? "ALTER" : "CREATE";
  await primary.query(`${verb} ROLE ${quoteIdentifier(name)} LOGIN PASSWORD ${verifierLiteral(password)}`);
}

/** Ends the user's sessions. What the user owned goes to `heir`. */
export async function removeUser(primary: Primary, name: string, heir: string): Promise<void> {
  refuseReserved(name);
  if (!(await hasUser(primary, name))) return;
  const role = quoteIdentifier(name);
  for (const [database] of await primary.query("SELECT datname FROM pg_database WHERE datallowconn")) {
    await primary.query(`REASSIGN OWNED BY ${role} TO ${quoteIdentifier(heir)}; DROP OWNED BY ${role}`, database);
  }
  const sessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${quoteLiteral(name)}`;
  await primary.query(`${sessions}; DROP ROLE ${role}`);
}

export async function createDatabase(primary: Primary, name: string, owner: string): Promise<void> {
  const known = await primary.query(`SELECT 1 FROM pg_database WHERE datname = ${quoteLiteral(name)}`);
  if (known.length > 0) return;
  await primary.query(`CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)}`);
}

/** Sessions in the database end. */
export async function removeDatabase(primary: Primary, name: string): Promise<void> {
  await primary.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
}

export async function listContents(primary: Primary): Promise<DatabaseContents> {
  const own = RESERVED_USERS.map(quoteLiteral).join(", ");
  const [users, databases] = await Promise.all([
    primary.query(`SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname NOT IN (${own}) ORDER BY oid`),
    primary.query("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY oid"),
  ]);
  return { users: users.map(([name]) => name!), databases: databases.map(([name]) => name!) };
}

async function hasUser(primary: Primary, name: string): Promise<boolean> {
  return (await primary.query(`SELECT 1 FROM pg_roles WHERE rolname = ${quoteLiteral(name)}`)).length > 0;
}

function verifierLiteral(password: string): string {
  return quoteLiteral(scramVerifier(password));
}

function refuseReserved(name: string): void {
  if (RESERVED_USERS.includes(name)) {
    throw new Error(`user: must not be one of the cloud's own accounts (${RESERVED_USERS.join(", ")}), got ${name}`);
  }
}
