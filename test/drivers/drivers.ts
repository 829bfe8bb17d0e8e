import { UserError } from "../../programs/user-error";

/**
 * A driver as somebody uses it who has read its README and has tuned nothing. Its program is in test/drivers/NAME.
 *
 * A program is called with one argument and has the node's variables, JDBC_DATABASE_READ_URL, and RUN, a text that tells
 * its rows from others in the table driver_rows. It prints JSON, an object a line:
 *
 *     check   {"check": NAME, "answer": …} or {"check": NAME, "error": …} for each of `checks` that the driver can do
 *     write   four workers, each {"worker": N, "number": N, "error"?: …} for each row that it has tried to insert
 *     read    the same for reads, with the server's address in "answer"
 *
 * The last two end after a line on standard input, within ten seconds.
 */
export interface Driver {
  readonly name: string;
  /** Where the program comes from. */
  readonly installation: "pip" | "npm" | "project" | "go" | "debian";
  /** Debian packages that it needs. */
  readonly packages?: readonly string[];
  readonly command: readonly string[];
  /** What is to be set or known, as far as it was tried. Markdown. */
  readonly note: string;
}

export const checks = [
  "connect",
  "statements",
  "transaction",
  "set",
  "lock",
  "listen",
  "tls",
  "direct",
  "read",
] as const;

export type Check = (typeof checks)[number];

const jars = ["postgresql", "HikariCP", "slf4j-api", "slf4j-nop"].map((name) => `/usr/share/java/${name}.jar`);

export const drivers: readonly Driver[] = [
  {
    name: "psycopg",
    installation: "pip",
    command: ["python3", "program.py"],
    note: "nothing has to be set. With `ConnectionPool(url, check=ConnectionPool.check_connection)` the same losses were no error at all for the program: the pool looks at a connection before it gives it out",
  },
  {
    name: "psycopg2",
    installation: "pip",
    command: ["python3", "program.py"],
    note: "nothing has to be set. Whatever was lost is called `connection already closed`",
  },
  { name: "asyncpg", installation: "pip", command: ["python3", "program.py"], note: "nothing has to be set" },
  {
    name: "node-postgres",
    installation: "npm",
    command: ["node", "program.mjs"],
    note: '`pool.on("error", …)`, as its README says: without it the program ended (exit code 1) when connections were lost that nobody used',
  },
  { name: "postgres.js", installation: "project", command: ["node", "program.mjs"], note: "nothing has to be set" },
  {
    name: "prisma",
    installation: "npm",
    command: ["node", "program.mjs"],
    note: "with `@prisma/adapter-pg`, nothing has to be set. It has no LISTEN, and a session of its own only within `$transaction`",
  },
  {
    name: "jdbc",
    installation: "debian",
    packages: ["default-jdk-headless", "libpostgresql-jdbc-java", "libhikaricp-java"],
    command: ["java", "-cp", jars.join(":"), "Program.java"],
    note: "with HikariCP, both as Debian has them; nothing has to be set",
  },
  {
    name: "pq",
    installation: "go",
    command: ["./program"],
    note: "`PGSSLMODE=disable`, which a container has: without it lib/pq wants TLS of the endpoint (`SSL is not enabled on the server`). `database/sql` repeats by itself a statement whose connection was lost; a unique key keeps such a write from being there twice, which these runs have not seen",
  },
  {
    name: "pgx",
    installation: "go",
    command: ["./program"],
    note: "nothing has to be set; statements are prepared by name, its default (`cache_statement`), which the endpoints let it do in session mode",
  },
  {
    name: "activerecord",
    installation: "debian",
    packages: ["ruby-activerecord", "ruby-pg"],
    command: ["ruby", "program.rb"],
    note: "with pg, both as Debian has them; nothing has to be set: it looks at a connection before it gives it out",
  },
];

export function findDriver(name: string): Driver {
  const found = drivers.find((driver) => driver.name === name);
  const known = drivers.map((driver) => driver.name).join(", ");
  if (found === undefined) throw new UserError(`NAME: must be one of ${known}, got ${name}`);
  return found;
}
