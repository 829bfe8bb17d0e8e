import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import type { DatabaseCluster, DatabaseReplica } from "../../../local-cloud/platform/platform";
import type { ServerStatus } from "../../../local-cloud/postgres/cluster";
import { ManagedDatabases } from "../../../local-cloud/postgres/managed-databases";
import { servicesTreeForTests } from "../services/services-tree-for-tests";
import { DatabaseNetworkForTests } from "./database-network-for-tests";

const run = promisify(execFile);
const { tree, describeWithTree } = servicesTreeForTests();
const vpc = { uuid: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.10.0.0/24" };

const cluster: DatabaseCluster = {
  id: "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30",
  name: "main",
  version: "17",
  nodeCount: 2,
  port: 25060,
  poolPort: 25061,
  adminUser: "doadmin",
  adminPassword: "admin-secret",
  defaultDatabase: "defaultdb",
  hostname: "main.db.example.com",
  privateHostname: "private-main.db.example.com",
  publicAddress: "203.0.113.200",
  privateAddress: "10.10.0.20",
  vpc,
};

function replica(number: number): DatabaseReplica {
  return {
    id: `d1b4a8b0-0000-4000-8000-00000000000${number}`,
    clusterId: cluster.id,
    name: `read-${number}`,
    port: 25060,
    hostname: `read-${number}.db.example.com`,
    privateHostname: `private-read-${number}.db.example.com`,
    publicAddress: `203.0.113.20${number}`,
    privateAddress: `10.10.0.2${number}`,
    vpc,
  };
}

/** Owns the table that the tests write to: the admin user has no rights in what others own. */
const app = { user: "app", password: "app-secret", database: "app" };

interface Login {
  readonly user?: string;
  readonly password?: string;
  readonly server?: DatabaseReplica | DatabaseCluster;
  readonly database?: string;
  readonly port?: number;
  readonly sslmode?: string;
  readonly host?: string;
}

describeWithTree("managed PostgreSQL", () => {
  let directory: string;
  let network: DatabaseNetworkForTests;
  let databases: ManagedDatabases;
  const names = new Map<string, readonly string[]>();
  const events: string[] = [];
  const measured: Record<string, number> = {};

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "databases-"));
    network = new DatabaseNetworkForTests("db");
    databases = new ManagedDatabases({
      tree,
      stateDirectory: path.join(directory, "state"),
      cacheDirectory: process.env.LOCAL_CLOUD_SERVICES
        ? path.join(directory, "cache")
        : path.join(cacheDirectory(), "databases"),
      network,
      namespaceOf: network.namespaceOf,
      names: {
        set: async (name, addresses) => void names.set(name, addresses),
        remove: async (name) => void names.delete(name),
      },
      report: (event) => events.push(event),
    });
    await measure("primary and standby, first time", () => databases.createCluster(cluster));
    await measure("two replicas", () => Promise.all([1, 2].map((number) => databases.createReplica(replica(number)))));
    writeFileSync(path.join(directory, "authority.pem"), await databases.certificateAuthority(cluster.id));
    await databases.setUser(cluster.id, "app", "app-secret");
    await databases.setDatabase(cluster.id, "app");
    await databases.setPools(cluster.id, [
      { name: "app-pool", mode: "transaction", size: 2, database: "app", user: "app" },
      { name: "any", mode: "session", size: 2, database: "app", user: undefined },
    ]);
  });

  afterAll(async () => {
    await databases?.close();
    network?.close();
    rmSync(directory, { recursive: true });
    process.stdout.write(`measured (ms): ${JSON.stringify(measured)}\n`);
  });

  test("clients verify the server by its public and its private name", async () => {
    const sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    expect(await psql(sql)).toBe("t");
    expect(await psql(sql, { host: cluster.privateHostname })).toBe("t");
    expect(names.get(cluster.hostname)).toEqual([cluster.publicAddress]);
    expect(names.get(cluster.privateHostname)).toEqual([cluster.privateAddress]);
  });

  test("fails to connect by another name, without TLS, with a wrong password, and as the cloud's own users", async () => {
    await expect(psql("SELECT 1", { host: "other.example.com" })).rejects.toThrow("does not match host name");
    await expect(psql("SELECT 1", { sslmode: "disable" })).rejects.toThrow("no encryption");
    await expect(psql("SELECT 1", { password: "guess" })).rejects.toThrow("password authentication failed");
    await expect(psql("SELECT 1", { user: "postgres", password: "" })).rejects.toThrow("pg_hba.conf rejects");
    await expect(psql("SELECT 1", { user: "replicator", password: "" })).rejects.toThrow("pg_hba.conf rejects");
  });

  test("the admin user may make roles and databases, and is no superuser", async () => {
    const attributes = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user";
    expect(await psql(attributes)).toBe("f|t|t");
    expect(await psql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname IN ('defaultdb', 'app')")).toBe(
      "doadmin\ndoadmin",
    );
    await expect(psql("ALTER SYSTEM SET fsync = on")).rejects.toThrow("permission denied");
  });

  test("a user may do nothing in a database until the admin user grants it", async () => {
    const create = "CREATE TABLE entries (id int GENERATED ALWAYS AS IDENTITY, text text)";
    await expect(psql(create, app)).rejects.toThrow("permission denied for schema public");
    await psql("GRANT CREATE, USAGE ON SCHEMA public TO app", { database: "app" });
    await psql(create, app);
    expect(await psql("INSERT INTO entries (text) VALUES ('one') RETURNING id", app)).toMatch(/^1$/m);
  });

  test("a pool in transaction mode shares its connections between clients", async () => {
    const pool = { ...app, database: "app-pool", port: 25061 };
    const clients = Array.from({ length: 8 }, () => psql("SELECT pg_backend_pid() FROM pg_sleep(0.1)", pool));
    expect(new Set(await Promise.all(clients)).size).toBeLessThanOrEqual(2);
  });

  test("a pool knows a user's new password at once", async () => {
    await databases.setUser(cluster.id, "late", "first");
    const pool = { user: "late", database: "any", port: 25061 };
    expect(await psql("SELECT current_user", { ...pool, password: "first" })).toBe("late");
    await databases.setUser(cluster.id, "late", "second");
    expect(await psql("SELECT current_user", { ...pool, password: "second" })).toBe("late");
    await expect(psql("SELECT 1", { ...pool, password: "first" })).rejects.toThrow("authentication failed");
    await databases.removeUser(cluster.id, "late");
    await expect(psql("SELECT 1", { ...pool, password: "second" })).rejects.toThrow("authentication failed");
  });

  test("fails to use a pool as another user, without TLS, or as the console's user", async () => {
    const pool = { database: "app-pool", port: 25061 };
    await expect(psql("SELECT 1", pool)).rejects.toThrow("no authentication method");
    await expect(psql("SELECT 1", { ...pool, user: "app", sslmode: "disable" })).rejects.toThrow("SSL required");
    const console = { database: "pgbouncer", user: "postgres", password: "", port: 25061 };
    await expect(psql("SHOW POOLS", console)).rejects.toThrow("no authentication method");
  });

  test("a user's removal leaves what the user owned to the admin user", async () => {
    await databases.setUser(cluster.id, "leaver", "secret");
    await psql("GRANT CREATE ON SCHEMA public TO leaver", { database: "app" });
    await psql("CREATE TABLE left_behind ()", { user: "leaver", password: "secret", database: "app" });
    await databases.removeUser(cluster.id, "leaver");
    await databases.removeUser(cluster.id, "leaver");
    expect(await psql("SELECT tableowner FROM pg_tables WHERE tablename = 'left_behind'", { database: "app" })).toBe(
      "doadmin",
    );
  });

  test("a database goes away with its sessions, and may be asked for twice", async () => {
    await databases.setDatabase(cluster.id, "passing");
    await databases.setDatabase(cluster.id, "passing");
    const session = psql("SELECT pg_sleep(60)", { database: "passing" });
    session.catch(() => undefined);
    const sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'passing' AND query LIKE '%sleep%'";
    await eventually("a session in the database", async () => (await psql(sleeping)) === "1");
    await databases.removeDatabase(cluster.id, "passing");
    await expect(session).rejects.toThrow("terminat");
    expect(await psql("SELECT 1 FROM pg_database WHERE datname = 'passing'")).toBe("");
  });

  test("replicas stream, answer by their own names, and take no writes", async () => {
    await measure("a write is on both replicas", async () => {
      await psql("INSERT INTO entries (text) VALUES ('two')", app);
      await eventually("the entry on both replicas", async () => {
        const seen = await Promise.all([1, 2].map((number) => countEntries(replica(number))));
        return seen.every((count) => count === 2);
      });
    });
    const write = psql("INSERT INTO entries (text) VALUES ('no')", { ...app, server: replica(1) });
    await expect(write).rejects.toThrow("read-only transaction");
  });

  test("replicas are let in to the primary, whatever its trusted sources are", async () => {
    await databases.setTrustedSources(cluster.id, ["10.10.0.10/32"]);
    const { inbound } = network.rules.get("db1")!;
    const admitted = inbound.filter(({ ports }) => ports === "25060").flatMap(({ addresses }) => addresses);
    expect(new Set(admitted)).toEqual(
      new Set(["10.10.0.10/32", "10.10.0.21/32", "10.10.0.22/32", "203.0.113.201/32", "203.0.113.202/32"]),
    );
    await databases.setTrustedSources(cluster.id, undefined);
  });

  test("a dead primary is replaced: writes work again, nothing is lost, and the old one comes back as a standby", async () => {
    await everyStandbyStreams();
    const before = await countEntries(cluster);
    const dead = await primaryName();
    await measure("primary killed until the next write, direct", async () => {
      await databases.killServer(dead);
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('after')", app));
    });
    expect(await primaryName()).not.toBe(dead);
    expect(await countEntries(cluster)).toBe(before + 1);
    await measure("old primary streams again", everyStandbyStreams);
    expect((await serverStatus(dead))?.role).toBe("standby");
    await eventually("the write on the replica", async () => (await countEntries(replica(1))) === before + 1);
  });

  test("a pool follows to the new primary", async () => {
    await everyStandbyStreams();
    const pool = { ...app, database: "app-pool", port: 25061 };
    await measure("primary killed until the next write, through the pool", async () => {
      await databases.killServer(await primaryName());
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('pool')", pool));
    });
    await everyStandbyStreams();
  });

  test("a primary that hangs is replaced and never answers again", async () => {
    await everyStandbyStreams();
    const hanging = await primaryName();
    const pid = findServerProcess(hanging);
    await measure("primary hangs until the next write", async () => {
      process.kill(pid, "SIGSTOP");
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('hung')", app));
    });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await everyStandbyStreams();
  });

  test("a dead replica and a dead standby are started again", async () => {
    const others = (await databases.status()).filter(({ role }) => role !== "primary");
    for (const { node } of others) await databases.killServer(node);
    await everyStandbyStreams();
  });

  test("a cluster gains and loses a standby", async () => {
    await measure("one more standby, by base backup", () => databases.resizeCluster(cluster.id, 3));
    await everyStandbyStreams();
    expect((await databases.status()).filter(({ role }) => role === "standby")).toHaveLength(2);
    await databases.resizeCluster(cluster.id, 2);
    expect((await databases.status()).filter(({ role }) => role === "standby")).toHaveLength(1);
  });

  test("a replica made later has what was written before", async () => {
    const late = replica(3);
    await measure("a later replica, by base backup", () => databases.createReplica(late));
    await eventually("as many entries", async () => (await countEntries(late)) === (await countEntries(cluster)));
    await databases.destroyReplica(late.id);
    expect(network.nodes()).toEqual(["db1", "db2", "db3"]);
  });

  test("a promoted replica takes writes and has pools of its own, and its cluster goes on without it", async () => {
    const promoted = replica(2);
    await everyStandbyStreams();
    await measure("replica promoted", () => databases.promoteReplica(promoted.id));
    await psql("INSERT INTO entries (text) VALUES ('mine')", { ...app, server: promoted });
    expect(await countEntries(promoted)).toBe((await countEntries(cluster)) + 1);
    await databases.setUser(promoted.id, "app", "other-secret");
    await databases.setPools(promoted.id, [
      { name: "own", mode: "session", size: 1, database: "app", user: undefined },
    ]);
    const pool = { user: "app", password: "other-secret", database: "own", port: 25061, server: promoted };
    expect(await psql("SELECT pg_is_in_recovery()", pool)).toBe("f");
    expect((await databases.status()).filter(({ role }) => role === "primary")).toHaveLength(2);
    const alone = (await databases.status()).find(({ cluster: name }) => name === promoted.name)!.node;
    await measure("primary without a standby killed until the next write", async () => {
      await databases.killServer(alone);
      const write = "INSERT INTO entries (text) VALUES ('alone')";
      await eventually("a write", () => succeeds(write, { ...app, password: "other-secret", server: promoted }));
    });
    await databases.destroyCluster(promoted.id);
  });

  test("a repeated call does nothing more", async () => {
    await databases.createCluster(cluster);
    await databases.createReplica(replica(1));
    expect(network.nodes()).toEqual(["db1", "db2"]);
  });

  test("fails for a cluster that is not there", async () => {
    await expect(databases.setUser("nothing", "app", "x")).rejects.toThrow("no cluster or replica with id nothing");
  });

  test("a destroyed cluster leaves no process, file, name, mount or namespace", async () => {
    const namespaces = network.nodes().map((node) => namespaceNumber(network.namespaceOf(node)));
    await measure("cluster and replica destroyed", () => databases.destroyCluster(cluster.id));
    await databases.destroyCluster(cluster.id);
    expect(network.nodes()).toEqual([]);
    expect([...names]).toEqual([]);
    expect(readdirSync(path.join(directory, "state"))).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    for (const number of namespaces) expect(processesIn(number)).toEqual([]);
  });

  async function psql(sql: string, login: Login = {}): Promise<string> {
    const { user = "doadmin", password = "admin-secret", server = cluster, database = "defaultdb" } = login;
    const { port = 25060, sslmode = "verify-full", host = server.hostname } = login;
    const hostaddr = host === server.privateHostname ? server.privateAddress : server.publicAddress;
    const authority = path.join(directory, "authority.pem");
    const target = {
      user,
      host,
      hostaddr,
      port,
      dbname: database,
      sslmode,
      sslrootcert: authority,
      connect_timeout: 10,
    };
    const connection = Object.entries(target).map(([key, value]) => `${key}=${value}`);
    const command = ["psql", "-XAt", connection.join(" "), "-c", sql];
    const argv = [`--net=${network.namespaceOf("client")}`, ...command];
    const { stdout } = await run("nsenter", argv, { env: { ...process.env, PGPASSWORD: password }, timeout: 20_000 });
    return stdout.trim();
  }

  async function succeeds(sql: string, login: Login): Promise<boolean> {
    return psql(sql, login).then(
      () => true,
      () => false,
    );
  }

  async function countEntries(server: DatabaseReplica | DatabaseCluster): Promise<number> {
    return Number(await psql("SELECT count(*) FROM entries", { ...app, server }));
  }

  async function primaryName(): Promise<string> {
    const statuses = await databases.status();
    return statuses.find(({ role, cluster: name }) => role === "primary" && name === "main")!.node;
  }

  async function serverStatus(node: string): Promise<ServerStatus | undefined> {
    return (await databases.status()).find((status) => status.node === node);
  }

  async function everyStandbyStreams(): Promise<void> {
    await eventually("every standby streaming", async () => {
      const standbys = (await databases.status()).filter(({ role }) => role !== "primary");
      return standbys.every(({ running, lagBytes }) => running && lagBytes === 0);
    });
  }

  async function measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    measured[name] = Math.round(performance.now() - started);
    return result;
  }

  async function eventually(what: string, holds: () => Promise<boolean>, limitSeconds = 100): Promise<void> {
    const deadline = Date.now() + limitSeconds * 1000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${limitSeconds} s\n${events.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The process of a server of this test: servers of other tests on this machine have the same names. */
  function findServerProcess(name: string): number {
    const inNamespace = processesIn(namespaceNumber(network.namespaceOf("db1")));
    const pids = inNamespace.filter((pid) => {
      const argv = commandOf(pid);
      return argv[0]?.endsWith("/postgres") && argv[2] === `/srv/servers/${name}/data`;
    });
    if (pids.length !== 1) throw new Error(`${name}: has ${pids.length} processes`);
    return pids[0]!;
  }
});

/** Empty when the process has ended in the meantime. */
function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function namespaceNumber(file: string): number {
  return statSync(file).ino;
}

function processesIn(namespace: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => linkOf(`/proc/${pid}/ns/net`) === `net:[${namespace}]`).map(Number);
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
