import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import type { DatabaseCluster, DatabaseReplica } from "../../../local-cloud/platform/platform";
import type { ServerStatus } from "../../../local-cloud/postgres/cluster";
import { ManagedDatabases } from "../../../local-cloud/postgres/managed-databases";
import type { ServicesTree } from "../../../local-cloud/services/services-tree";
import { DatabaseNetworkForTests } from "./database-network-for-tests";

const run = promisify(execFile);
const vpc = { uuid: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.10.0.0/24" };

export interface PsqlOptions {
  /** Of `doadmin`. @default that of `exampleCluster` */
  readonly password?: string;
  /** After which psql is ended. @default 20 */
  readonly limitSeconds?: number;
}

/** A cluster of two nodes, whose `number` tells it from others: its addresses begin with it. */
export function exampleCluster(number: number, more: Partial<DatabaseCluster> = {}): DatabaseCluster {
  const name = `cluster-${number}`;
  return {
    id: `9cc10173-e9ea-4176-9dbc-00000000000${number}`,
    name,
    version: "17",
    nodeCount: 2,
    memoryMiB: 2048,
    port: 25060,
    poolPort: 25061,
    adminUser: "doadmin",
    adminPassword: "admin-secret",
    defaultDatabase: "defaultdb",
    hostname: `${name}.db.example.com`,
    privateHostname: `private-${name}.db.example.com`,
    addresses: [0, 1, 2].map((node) => addresses(number * 20 + node)),
    failoverAfterSeconds: 60,
    synchronousReplication: "off",
    dailyBackup: { hour: 3, minute: 30 },
    vpc,
    ...more,
  };
}

/** A read replica of a cluster. */
export function exampleReplica(number: number, cluster: DatabaseCluster): DatabaseReplica {
  const name = `replica-${number}`;
  return {
    id: `d1b4a8b0-0000-4000-8000-00000000000${number}`,
    clusterId: cluster.id,
    name,
    memoryMiB: 1024,
    port: 25060,
    hostname: `${name}.db.example.com`,
    privateHostname: `private-${name}.db.example.com`,
    addresses: [addresses(200 + number)],
    vpc,
  };
}

export function addresses(number: number) {
  return { publicAddress: `203.0.113.${number}`, privateAddress: `10.10.0.${number}` };
}

/** Managed databases on real servers and network namespaces of their own, with a machine that connects to them. */
export class DatabaseCloudForTests {
  readonly databases: ManagedDatabases;
  readonly names = new Map<string, readonly string[]>();
  readonly events: string[] = [];
  private readonly directory = mkdtempSync(path.join(tmpdir(), "databases-"));
  private readonly network: DatabaseNetworkForTests;

  constructor(tree: ServicesTree, purpose: string) {
    this.network = new DatabaseNetworkForTests(purpose);
    this.databases = new ManagedDatabases({
      tree,
      stateDirectory: this.stateDirectory,
      cacheDirectory: process.env.LOCAL_CLOUD_SERVICES
        ? path.join(this.directory, "cache")
        : path.join(cacheDirectory(), "databases"),
      network: this.network,
      namespaceOf: this.network.namespaceOf,
      names: {
        set: async (name, found) => void this.names.set(name, found),
        remove: async (name) => void this.names.delete(name),
      },
      report: (event) => this.events.push(event),
    });
  }

  get stateDirectory(): string {
    return path.join(this.directory, "state");
  }

  /** Path of the network namespace of the machine that connects. */
  get clientNamespace(): string {
    return this.network.namespaceOf("client");
  }

  async close(): Promise<void> {
    await this.databases.close();
    this.network.close();
    rmSync(this.directory, { recursive: true });
  }

  /** Runs SQL as the admin user, over TLS with the server verified, where the name of the server leads to. */
  async psql(sql: string, server: DatabaseCluster | DatabaseReplica, options: PsqlOptions = {}): Promise<string> {
    const { password = "admin-secret", limitSeconds = 20 } = options;
    const authority = path.join(this.directory, `${server.id}.pem`);
    writeFileSync(authority, await this.databases.certificateAuthority(server.id));
    const target = {
      user: "doadmin",
      host: server.hostname,
      hostaddr: this.names.get(server.hostname)![0],
      port: server.port,
      dbname: "defaultdb",
      sslmode: "verify-full",
      sslrootcert: authority,
      connect_timeout: 2,
    };
    const connection = Object.entries(target).map(([key, value]) => `${key}=${value}`);
    const argv = [`--net=${this.clientNamespace}`, "psql", "-XAtq", connection.join(" "), "-c", sql];
    const { stdout } = await run("nsenter", argv, {
      env: { ...process.env, PGPASSWORD: password },
      timeout: limitSeconds * 1000,
    });
    return stdout.trim();
  }

  async succeeds(sql: string, server: DatabaseCluster | DatabaseReplica): Promise<boolean> {
    return this.psql(sql, server).then(
      () => true,
      () => false,
    );
  }

  async primaryOf({ name: wanted }: DatabaseCluster): Promise<ServerStatus> {
    const all = await this.databases.status();
    return all.find(({ role, cluster }) => role === "primary" && cluster === wanted)!;
  }

  async standbyOf({ name: wanted }: DatabaseCluster): Promise<ServerStatus> {
    const all = await this.databases.status();
    return all.find(({ role, cluster }) => role === "standby" && cluster === wanted)!;
  }

  async everyStandbyStreams(): Promise<void> {
    await this.eventually("every standby streaming", async () => {
      const standbys = (await this.databases.status()).filter(({ role }) => role !== "primary");
      return standbys.every(({ running, lagBytes }) => running && lagBytes === 0);
    });
  }

  async eventually(what: string, holds: () => Promise<boolean>, limitSeconds = 60): Promise<void> {
    const deadline = Date.now() + limitSeconds * 1000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${limitSeconds} s\n${this.events.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
