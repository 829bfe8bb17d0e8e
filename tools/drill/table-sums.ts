import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram } from "../../programs/run-program";
import type { Cluster } from "./database-service";

/** What tells whether two tables hold the same rows, whatever their order. */
export interface TableSum {
  readonly rows: number;
  /** Sum of the rows' hashes. */
  readonly sum: string;
}

/** By `database.schema.table`. */
export type TableSums = ReadonlyMap<string, TableSum>;

const QUERY_LIMIT_SECONDS = 3600;

/** The administrator may see every table's name and owner, and no rows but those of its own. */
const TABLES = `SELECT format('%I.%I', nspname, relname), pg_get_userbyid(relowner)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence <> 't' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
  ORDER BY 1`;

/** Reads every row of every table, as the owner of each. */
export async function sumTables(cluster: Cluster, authority: string): Promise<TableSums> {
  const directory = mkdtempSync(path.join(tmpdir(), "drill-"));
  const file = path.join(directory, "authority.pem");
  writeFileSync(file, authority);
  const ask = (database: string, user: string, sql: string) => query(cluster, { database, user, authority: file }, sql);
  const sums = new Map<string, TableSum>();
  try {
    for (const database of cluster.db_names ?? [])
      for (const [table, owner] of await ask(database, cluster.connection.user, TABLES)) {
        const [row] = await ask(
          database,
          owner!,
          `SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ${table} t`,
        );
        sums.set(`${database}.${table}`, { rows: Number(row![0]), sum: row![1]! });
      }
    return sums;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Session {
  readonly database: string;
  readonly user: string;
  readonly authority: string;
}

/** Rows of a statement, a field for each column. */
async function query(cluster: Cluster, session: Session, sql: string): Promise<string[][]> {
  const { host, port } = cluster.connection;
  const { database, user, authority } = session;
  const password = cluster.users?.find(({ name }) => name === user)?.password;
  if (password === undefined || password === "")
    throw new Error(`${cluster.name}: the password of ${user} is not shown, the token needs database:view_credentials`);
  const target = {
    host,
    port,
    user,
    dbname: database,
    sslmode: "verify-full",
    sslrootcert: authority,
    connect_timeout: 10,
  };
  const connection = Object.entries(target).map(([key, value]) => `${key}='${value}'`);
  const separator = "\u001f";
  const output = await runProgram(
    ["psql", "-XAtq", "--field-separator", separator, "--set", "ON_ERROR_STOP=1", connection.join(" "), "-c", sql],
    { environment: { ...process.env, PGPASSWORD: password }, timeoutSeconds: QUERY_LIMIT_SECONDS },
  );
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(separator));
}
