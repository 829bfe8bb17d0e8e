import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
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
  memoryMiB: 2048,
  port: 25060,
  poolPort: 25061,
  adminUser: "doadmin",
  adminPassword: "admin-secret",
  defaultDatabase: "defaultdb",
  hostname: "main.db.example.com",
  privateHostname: "private-main.db.example.com",
  addresses: [0, 1, 2].map((node) => addresses(30 + node)),
  failoverAfterSeconds: 60,
  synchronousReplication: "off",
  dailyBackup: { hour: 3, minute: 30 },
  vpc,
};

function addresses(number: number) {
  return { publicAddress: `203.0.113.${number}`, privateAddress: `10.10.0.${number}` };
}

function replica(number: number): DatabaseReplica {
  return {
    id: `d1b4a8b0-0000-4000-8000-00000000000${number}`,
    clusterId: cluster.id,
    name: `read-${number}`,
    memoryMiB: 1024,
    port: 25060,
    hostname: `read-${number}.db.example.com`,
    privateHostname: `private-read-${number}.db.example.com`,
    addresses: [addresses(20 + number)],
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
  /** @default what the name of the server leads to */
  readonly hostaddr?: string;
  /** After which psql is ended. @default 20 */
  readonly limitSeconds?: number;
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
    databases.setFailoverTime(1);
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
    expect(names.get(cluster.hostname)).toEqual([cluster.addresses[0]!.publicAddress]);
    expect(names.get(cluster.privateHostname)).toEqual([cluster.addresses[0]!.privateAddress]);
  });

  test("fails to connect by another name, without TLS, with a wrong password, and as the cloud's own users", async () => {
    await expect(psql("SELECT 1", { host: "other.example.com" })).rejects.toThrow("does not match host name");
    await expect(psql("SELECT 1", { sslmode: "disable" })).rejects.toThrow("no encryption");
    await expect(psql("SELECT 1", { password: "guess" })).rejects.toThrow("password authentication failed");
    await expect(psql("SELECT 1", { user: "postgres", password: "" })).rejects.toThrow("pg_hba.conf rejects");
    await expect(psql("SELECT 1", { user: "replicator", password: "" })).rejects.toThrow("pg_hba.conf rejects");
  });

  test("the admin user may make roles and databases, and is no superuser", async () => {
    const names = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls";
    expect(await psql(`SELECT ${names} FROM pg_roles WHERE rolname = current_user`)).toBe("f|t|t|t|t");
    expect(await psql("SELECT pg_has_role('pg_monitor', 'member'), pg_has_role('pg_read_all_data', 'member')")).toBe(
      "t|f",
    );
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

  test("the plan's connections and no more are given to users, on each server by its own size", async () => {
    expect(await psql("SHOW max_connections")).toBe("50");
    for (const [server, connections] of [[cluster, 47] as const, [replica(1), 22] as const]) {
      const sessions = await openSessions(connections, server);
      try {
        await expect(psql("SELECT 1", { ...app, server })).rejects.toThrow(
          "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        );
        const usable = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'";
        expect(await databases.findServer(server === cluster ? "db1-1" : "db2-1").query(usable)).toEqual([
          [`${connections}`],
        ]);
      } finally {
        await sessions.close();
      }
    }
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

  test("connections of a pool count among them", async () => {
    const pool = { ...app, database: "app-pool", port: 25061 };
    await Promise.all([1, 2].map(() => psql("SELECT pg_sleep(0.5)", pool)));
    const sessions = await openSessions(45, cluster);
    try {
      await expect(psql("SELECT 1", app)).rejects.toThrow("remaining connection slots are reserved");
      expect(await psql("SELECT current_user", pool)).toBe("app");
      const used = await databases
        .findServer("db1-1")
        .query("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'");
      expect(used).toEqual([["47"]]);
    } finally {
      await sessions.close();
    }
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
    const session = psql("SELECT pg_sleep(100)", { database: "passing", limitSeconds: 100 });
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

  test("a replica that lags shows a write later, and the other one at once", async () => {
    const lagging = (await databases.status()).find(({ cluster: name }) => name === "read-1")!.node;
    await databases.findServer(lagging).delayReplay(3);
    const before = await countEntries(cluster);
    const written = performance.now();
    await psql("INSERT INTO entries (text) VALUES ('late')", app);
    await eventually("the entry on the other replica", async () => (await countEntries(replica(2))) === before + 1);
    expect(await countEntries(replica(1))).toBe(before);
    await eventually("the entry", async () => (await countEntries(replica(1))) === before + 1);
    expect(performance.now() - written).toBeGreaterThan(3000);
    await databases.findServer(lagging).delayReplay(0);
  });

  test("replicas are let in to the primary, whatever its trusted sources are", async () => {
    await databases.setTrustedSources(cluster.id, ["10.10.0.10/32"]);
    const numbers = [30, 31, 21, 22];
    const peers = numbers.flatMap((number) => [`10.10.0.${number}/32`, `203.0.113.${number}/32`]);
    for (const node of ["db1-1", "db1-2"]) {
      const { inbound } = network.rules.get(node)!;
      const admitted = inbound.filter(({ ports }) => ports === "25060").flatMap(({ addresses }) => addresses);
      expect(new Set(admitted)).toEqual(new Set(["10.10.0.10/32", ...peers]));
    }
    await databases.setTrustedSources(cluster.id, undefined);
  });

  test("a primary without power is replaced: the names lead to another server, and nothing is lost", async () => {
    await everyStandbyStreams();
    const before = await countEntries(cluster);
    const old = await primary();
    await measure("primary without power until the next write, direct", async () => {
      await databases.findServer(old.node).powerOff();
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('after')", app));
    });
    const successor = await primary();
    expect(successor.node).not.toBe(old.node);
    expect(names.get(cluster.hostname)).toEqual([successor.publicAddress]);
    expect(names.get(cluster.privateHostname)).toEqual([successor.privateAddress]);
    expect(await countEntries(cluster)).toBe(before + 1);
    expect(await serverStatus(old.node)).toMatchObject({ role: "standby", power: "off", running: false });
    await eventually("the write on the replica", async () => (await countEntries(replica(1))) === before + 1);
    await measure("power on until the old primary streams", async () => {
      await databases.findServer(old.node).powerOn();
      await everyStandbyStreams();
    });
    expect(await serverStatus(old.node)).toMatchObject({ role: "standby", power: "on", running: true });
  });

  test("a replica goes on answering while its primary is away for long, and then follows the new one", async () => {
    const started = () => psql("SELECT pg_postmaster_start_time()", { ...app, server: replica(1) });
    const before = await started();
    databases.setFailoverTime(15);
    const { node } = await primary();
    await databases.findServer(node).powerOff();
    await eventually("another primary", async () => (await primary()).node !== node);
    databases.setFailoverTime(1);
    await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('long')", app));
    const written = await countEntries(cluster);
    await eventually("the write on the replica", async () => (await countEntries(replica(1))) === written);
    expect(await started()).toBe(before);
    await databases.findServer(node).powerOn();
    await everyStandbyStreams();
  });

  test("a primary that comes back in time stays the primary", async () => {
    databases.setFailoverTime(30);
    const old = await primary();
    await databases.findServer(old.node).powerOff();
    await eventually("the loss", async () => (await serverStatus(old.node))?.running === false);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await succeeds("SELECT 1", app)).toBe(false);
    await databases.findServer(old.node).powerOn();
    await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('back')", app));
    expect((await primary()).node).toBe(old.node);
    databases.setFailoverTime(1);
    await everyStandbyStreams();
  });

  test("a primary whose process dies is started again where it was", async () => {
    const { node } = await primary();
    await measure("primary's process killed until the next write", async () => {
      await databases.findServer(node).kill();
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('again')", app));
    });
    expect((await primary()).node).toBe(node);
    await everyStandbyStreams();
  });

  test("pools come up on the new primary", async () => {
    await everyStandbyStreams();
    const pool = { ...app, database: "app-pool", port: 25061 };
    const { node } = await primary();
    await measure("primary without power until the next write, through the pool", async () => {
      await databases.findServer(node).powerOff();
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('pool')", pool));
    });
    await databases.findServer(node).powerOn();
    await everyStandbyStreams();
  });

  test("a frozen primary is replaced, and does not serve again when it goes on", async () => {
    await everyStandbyStreams();
    const { node, publicAddress } = await primary();
    const pid = findServerProcess(node);
    await measure("primary frozen until the next write", async () => {
      await databases.findServer(node).freeze();
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('frozen')", app));
    });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect((await serverStatus(node))?.power).toBe("frozen");
    await databases.findServer(node).thaw();
    await everyStandbyStreams();
    const there = { ...app, hostaddr: publicAddress };
    expect(await psql("SELECT pg_is_in_recovery()", there)).toBe("t");
  });

  test("a primary whose process hangs is replaced, and clients of the old one get a reset", async () => {
    await everyStandbyStreams();
    const { node } = await primary();
    const session = psql("SELECT pg_sleep(101)", { ...app, limitSeconds: 100 });
    session.catch(() => undefined);
    const sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(101)'";
    await eventually("the session", async () => (await psql(sleeping, app)) === "1");
    await measure("primary's process hangs until the next write", async () => {
      process.kill(findServerProcess(node), "SIGSTOP");
      await eventually("a write", () => succeeds("INSERT INTO entries (text) VALUES ('hung')", app));
    });
    await expect(session).rejects.toThrow(/closed the connection unexpectedly|connection to server was lost/);
    await everyStandbyStreams();
  });

  test("a replica and a standby whose processes die are started again", async () => {
    const others = (await databases.status()).filter(({ role }) => role !== "primary");
    for (const { node } of others) await databases.findServer(node).kill();
    await everyStandbyStreams();
  });

  test("a replica and a standby without power stay away until they have it again", async () => {
    const others = (await databases.status()).filter(({ role }) => role !== "primary");
    for (const { node } of others) await databases.findServer(node).powerOff();
    expect(await succeeds("INSERT INTO entries (text) VALUES ('alone')", app)).toBe(true);
    expect(await succeeds("SELECT 1", { ...app, server: replica(1) })).toBe(false);
    for (const { node } of others) await databases.findServer(node).powerOn();
    await everyStandbyStreams();
  });

  test("fails for a node that is not there, with the names that there are", () => {
    expect(() => databases.findServer("db9-1")).toThrow(/must be one of db1-\d, .*db2-1.*, got db9-1/);
  });

  test("a cluster gains and loses a standby", async () => {
    await measure("one more standby, by base backup", () => databases.resize(cluster.id, { ...cluster, nodeCount: 3 }));
    await everyStandbyStreams();
    expect((await databases.status()).filter(({ role }) => role === "standby")).toHaveLength(2);
    await databases.resize(cluster.id, cluster);
    expect((await databases.status()).filter(({ role }) => role === "standby")).toHaveLength(1);
  });

  test("a larger plan gives more connections, also to a replica that keeps its own size", async () => {
    await measure("cluster resized", () => databases.resize(cluster.id, { ...cluster, memoryMiB: 4096 }));
    expect(await psql("SHOW max_connections")).toBe("100");
    const own = "SELECT current_setting('max_connections') || ' ' || current_setting('superuser_reserved_connections')";
    expect(await psql(own, { ...app, server: replica(1) })).toBe("100 78");
    await everyStandbyStreams();
  });

  test("a replica made later has what was written before", async () => {
    const late = replica(3);
    await measure("a later replica, by base backup", () => databases.createReplica(late));
    await eventually("as many entries", async () => (await countEntries(late)) === (await countEntries(cluster)));
    await databases.destroyReplica(late.id);
    expect(clustersOf(network.nodes())).toEqual(["db1", "db2", "db3"]);
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
    await measure("primary without a standby: process killed until the next write", async () => {
      await databases.findServer(alone).kill();
      const write = "INSERT INTO entries (text) VALUES ('alone')";
      await eventually("a write", () => succeeds(write, { ...app, password: "other-secret", server: promoted }));
    });
    await databases.destroyCluster(promoted.id);
  });

  test("a repeated call does nothing more", async () => {
    await databases.createCluster(cluster);
    await databases.createReplica(replica(1));
    expect(clustersOf(network.nodes())).toEqual(["db1", "db2"]);
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
    const { port = 25060, sslmode = "verify-full", host = server.hostname, limitSeconds = 20 } = login;
    const hostaddr = login.hostaddr ?? names.get(host === server.privateHostname ? host : server.hostname)![0];
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
    const { stdout } = await run("nsenter", argv, {
      env: { ...process.env, PGPASSWORD: password },
      timeout: limitSeconds * 1000,
    });
    return stdout.trim();
  }

  /** So many clients that stay connected: psql reads its commands from a pipe that stays open. */
  async function openSessions(count: number, server: DatabaseReplica | DatabaseCluster) {
    const connection = `host=${server.hostname} hostaddr=${names.get(server.hostname)![0]} port=25060 user=app dbname=app`;
    const argv = [`--net=${network.namespaceOf("client")}`, "psql", "-XAt", `${connection} sslmode=require`];
    const clients = Array.from({ length: count }, () =>
      spawn("nsenter", argv, { env: { ...process.env, PGPASSWORD: "app-secret" }, stdio: ["pipe", "pipe", "inherit"] }),
    );
    const ended = clients.map((client) => once(client, "exit"));
    const close = async () => {
      for (const client of clients) client.stdin.end();
      await Promise.all(ended);
    };
    for (const client of clients) client.stdin.on("error", () => undefined).write("SELECT 'connected';\n");
    const greeted = clients.map((client) => once(client.stdout, "data"));
    const connected = await Promise.all(greeted.map((data, index) => Promise.race([data, ended[index]!])));
    const refused = connected.filter(([data]) => !Buffer.isBuffer(data)).length;
    if (refused === 0) return { close };
    await close();
    throw new Error(`${refused} of ${count} sessions were refused`);
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

  async function primary(): Promise<ServerStatus> {
    const statuses = await databases.status();
    return statuses.find(({ role, cluster: name }) => role === "primary" && name === "main")!;
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
    const inNamespace = processesIn(namespaceNumber(network.namespaceOf(name)));
    const pids = inNamespace.filter((pid) => {
      const argv = commandOf(pid);
      return argv[0]?.endsWith("/postgres") && argv[2] === "/srv/data";
    });
    // A child that has just begun still has its parent's command.
    const first = pids.filter((pid) => !pids.includes(parentOf(pid)));
    if (first.length !== 1) throw new Error(`${name}: has ${first.length} processes`);
    return first[0]!;
  }
});

/** Names of clusters and replicas, of the nodes that they have. */
function clustersOf(nodes: readonly string[]): string[] {
  return [...new Set(nodes.map((node) => node.split("-")[0]!))];
}

/** Empty when the process has ended in the meantime. */
function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** 0 when the process has ended in the meantime. */
function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
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
