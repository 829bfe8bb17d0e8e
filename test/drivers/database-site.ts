import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { databaseAuthorityPath } from "../../cloud-init/app/database-authority";
import type { ServicesTree } from "../../local-cloud/services/services-tree";
import { waitUntil } from "../../programs/wait-until";
import { cluster, EndpointsForTests } from "../cloud-init/app/database-endpoints-for-tests";
import type { Start } from "./driver-program";

/** A cluster with a standby and two replicas, and a node with database endpoints, which programs of this machine use. */
export class DatabaseSite implements AsyncDisposable {
  static async start(tree: ServicesTree): Promise<DatabaseSite> {
    const site = new DatabaseSite(await EndpointsForTests.start(tree));
    try {
      await site.prepare();
      return site;
    } catch (error) {
      process.stderr.write(`${site.endpoints.log()}\n`);
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  private readonly directory = mkdtempSync(path.join(tmpdir(), "drivers-"));

  private constructor(readonly endpoints: EndpointsForTests) {}

  /** How a program of this machine runs where the node's 127.0.0.1 and its names are. */
  onMachine(argv: readonly string[], directory: string, run: string): Start {
    const { node } = this.endpoints;
    const enter = ["nsenter", `--net=${node.networkNamespace}`, "unshare", "--mount", "--propagation", "private"];
    // A mount cannot come from another mount namespace.
    const names = path.join(this.directory, "hosts");
    copyFileSync(node.path("/etc/hosts"), names);
    const lead = ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', names];
    const authority = node.path(databaseAuthorityPath);
    return { argv: [...enter, ...lead, ...argv], directory, environment: { ...this.environment(authority), RUN: run } };
  }

  /** How a program of the node itself runs. */
  onNode(argv: readonly string[], run: string): Start {
    const { node } = this.endpoints;
    const enter = ["nsenter", `--net=${node.networkNamespace}`, "chroot", node.path("/")];
    return { argv: [...enter, ...argv], directory: "/", environment: { ...this.environment(), RUN: run } };
  }

  /** Cuts the power of a server; resolves to the time, in seconds of this process. */
  async powerOff(node: string): Promise<number> {
    await this.endpoints.databases.findServer(node).powerOff();
    return performance.now() / 1000;
  }

  /** Waits for another primary than that, and until the node knows its address. */
  async primaryAfter(old: string, limitSeconds: number): Promise<void> {
    const { endpoints } = this;
    await waitUntil("a new primary", limitSeconds, async () => (await endpoints.primary()).node !== old);
    const { privateAddress } = await endpoints.primary();
    const line = `${privateAddress} ${cluster.privateHostname}\n`;
    const knows = () => readFileSync(endpoints.node.path("/etc/hosts"), "utf8").includes(line);
    await waitUntil("the name of the new primary", 10, knows);
  }

  async bothReplicasAreRead(): Promise<void> {
    await waitUntil("both replicas are read from", 40, async () => (await this.readers())?.size === 2, 100);
  }

  /** Numbers of the rows that each worker of a run has on the primary, as `WORKER NUMBER`. */
  async rowsOf(run: string): Promise<string[]> {
    const { node } = await this.endpoints.primary();
    const sql = `SELECT worker || ' ' || number FROM driver_rows WHERE run = '${run}'`;
    const rows = await this.endpoints.databases.findServer(node).query(sql, "app");
    return rows.map(([row]) => row!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoints[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true });
  }

  /** What run-container tells an application; `authority`: where it finds the file of the database's authority. */
  environment(authority = databaseAuthorityPath): Record<string, string> {
    const { node } = this.endpoints;
    const text = readFileSync(node.path("/run/database-endpoints/app.env"), "utf8");
    const told = Object.fromEntries(text.split("\n").map((line) => line.split(/=(.*)/, 2))) as Record<string, string>;
    const { DATABASE_URL, DATABASE_READ_URL } = told;
    const [url, readUrl] = [new URL(DATABASE_URL!), new URL(DATABASE_READ_URL!)];
    return {
      PATH: process.env.PATH!,
      HOME: process.env.HOME!,
      LC_ALL: "C.UTF-8",
      DATABASE_URL: DATABASE_URL!,
      DATABASE_READ_URL: DATABASE_READ_URL!,
      // Without the certificate, which is in a variable of its own.
      DATABASE_DIRECT_URL: this.endpoints.environment().DATABASE_DIRECT_URL!.replace(/&sslrootcert=[^&]*/, ""),
      JDBC_DATABASE_URL: `jdbc:postgresql://${url.host}${url.pathname}?sslmode=disable`,
      JDBC_DATABASE_READ_URL: `jdbc:postgresql://${readUrl.host}${readUrl.pathname}?sslmode=disable`,
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: decodeURIComponent(url.username),
      PGPASSWORD: decodeURIComponent(url.password),
      PGDATABASE: url.pathname.slice(1),
      PGSSLMODE: "disable",
      PGSSLROOTCERT: authority,
      NODE_EXTRA_CA_CERTS: authority,
    };
  }

  private async prepare(): Promise<void> {
    const { endpoints } = this;
    await endpoints.startAgent();
    endpoints.startPoolers();
    const columns = "id bigint generated always as identity primary key, run text, worker int, number int";
    await endpoints.direct(`create table driver_rows (${columns})`, "app", "app");
    await this.bothReplicasAreRead();
  }

  private readers(): Promise<Set<string> | undefined> {
    return this.endpoints.readers().catch(() => undefined);
  }
}
