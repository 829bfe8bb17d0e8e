import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const order = { name: "main", engine: "pg", version: "17", size: "db-s-1vcpu-2gb", region: "fra1", num_nodes: 2 };

let cloud: DigitalOceanUnderTest;
let path: string;
afterEach(() => cloud.api.close());

async function start(options: Parameters<typeof startDigitalOcean>[0] = {}): Promise<any> {
  cloud = await startDigitalOcean(options);
  const { database } = (await cloud.call("POST", "/v2/databases", order)).body;
  path = `/v2/databases/${database.id}`;
  await settle();
  return database;
}

test("a cluster is creating until the platform has it, then online", async () => {
  const database = await start({ latencies: { databaseCreate: 40_000 } });
  expect(database.status).toBe("creating");
  await cloud.clock.advance(39_000);
  expect((await cloud.call("GET", path)).body.database.status).toBe("creating");
  await cloud.clock.advance(1000);
  expect((await cloud.call("GET", path)).body.database.status).toBe("online");
});

test("a cluster is handed to the platform under the names and with the password that clients are told", async () => {
  const { id, connection, private_connection: inside } = await start();
  const { args } = cloud.platform.callsOf("databases.createCluster")[0] ?? { args: [] };
  expect(args[0]).toMatchObject({
    id,
    name: "main",
    version: "17",
    nodeCount: 2,
    memoryMiB: 2048,
    hostname: "main-do-user-1-0.b.db.ondigitalocean.com",
    privateHostname: "private-main-do-user-1-0.b.db.ondigitalocean.com",
    addresses: [
      { publicAddress: "203.0.113.200", privateAddress: "10.100.0.5" },
      { publicAddress: "203.0.113.201", privateAddress: "10.100.0.6" },
    ],
    failoverAfterSeconds: 60,
    port: 25060,
    poolPort: 25061,
    adminUser: "doadmin",
    adminPassword: connection.password,
    defaultDatabase: "defaultdb",
  });
  expect(connection.uri).toBe(
    `postgresql://doadmin:${connection.password}@${connection.host}:25060/defaultdb?sslmode=require`,
  );
  expect(inside.host).toBe("private-main-do-user-1-0.b.db.ondigitalocean.com");
});

test("fails with 500 instead of being creating for ever when the platform cannot make it; it can be deleted", async () => {
  cloud = await startDigitalOcean();
  cloud.platform.onCall("databases.createCluster", async () => {
    throw new Error("no disk");
  });
  const { database } = (await cloud.call("POST", "/v2/databases", order)).body;
  await settle();
  expect((await cloud.call("GET", `/v2/databases/${database.id}`)).status).toBe(500);
  expect((await cloud.call("DELETE", `/v2/databases/${database.id}`)).status).toBe(204);
  expect(cloud.api.inventory()["databaseClusters"]).toBe(0);
});

test.each([
  ["the engine is none of DigitalOcean's", { engine: "oracle" }],
  ["the version is not offered", { version: "9" }],
  ["the size is unknown", { size: "db-x" }],
  ["the smallest size is to have a standby", { size: "db-s-1vcpu-1gb", num_nodes: 2 }],
  ["there are more than three nodes", { num_nodes: 4 }],
  ["the name is taken", { name: "main" }],
  ["the name is wrong", { name: "PG_1" }],
])("fails with 422 when %s", async (_what, fields) => {
  await start();
  expect((await cloud.call("POST", "/v2/databases", { ...order, name: "other", ...fields })).status).toBe(422);
});

test("fails with 501 when the engine is another one of DigitalOcean's", async () => {
  await start();
  const { status, body } = await cloud.call("POST", "/v2/databases", { ...order, name: "other", engine: "mysql" });
  expect([status, body.message]).toEqual([501, "database engine mysql is not emulated by the local cloud, only pg"]);
});

test("autoscaling of the storage is off until it is set, at the order or later", async () => {
  await start();
  const off = (await cloud.call("GET", `${path}/autoscale`)).body;
  expect(off).toEqual({ autoscale: { storage: { enabled: false } } });
  expect((await cloud.call("GET", path)).body.database).not.toHaveProperty("autoscale");
  const autoscale = { storage: { enabled: true, threshold_percent: 80, increment_gib: 10 } };
  expect((await cloud.call("PUT", `${path}/autoscale`, autoscale)).status).toBe(204);
  expect((await cloud.call("GET", `${path}/autoscale`)).body).toEqual({ autoscale });
  expect((await cloud.call("GET", path)).body.database.autoscale).toEqual(autoscale);
  const ordered = (await cloud.call("POST", "/v2/databases", { ...order, name: "other", autoscale })).body.database;
  expect(ordered.autoscale).toEqual(autoscale);
});

test.each([
  ["nothing is said about it", {}, "storage.enabled is required"],
  ["it begins at an empty disk", { threshold_percent: 14 }, "must be a whole number from 15 to 95, got 14"],
  ["it adds too little", { increment_gib: 9 }, "must be a whole number from 10 to 500, got 9"],
])("fails with 422 for autoscaling of the storage when %s", async (_what, fields, message) => {
  await start();
  const storage = Object.keys(fields).length === 0 ? {} : { enabled: true, ...fields };
  const answer = await cloud.call("PUT", `${path}/autoscale`, { storage });
  expect(answer.status).toBe(422);
  expect(answer.body.message).toContain(message);
});

test("a replica is refused with 412 until its primary is online", async () => {
  await start({ latencies: { databaseCreate: 5000 } });
  const refused = await cloud.call("POST", `${path}/replicas`, { name: "read-1" });
  expect([refused.status, refused.body.id]).toEqual([412, "failed_precondition"]);
  await cloud.clock.advance(5000);
  expect((await cloud.call("POST", `${path}/replicas`, { name: "read-1" })).body.replica.status).toBe("creating");
});

test("a promoted replica is a cluster of its own, and no longer a replica", async () => {
  await start();
  const { replica } = (await cloud.call("POST", `${path}/replicas`, { name: "read-1" })).body;
  await settle();
  expect((await cloud.call("PUT", `${path}/replicas/read-1/promote`)).status).toBe(204);
  expect(cloud.platform.callsOf("databases.promoteReplica")[0]?.args).toEqual([replica.id]);
  expect((await cloud.call("GET", `${path}/replicas/read-1`)).status).toBe(404);
  expect((await cloud.call("GET", `/v2/databases/${replica.id}`)).body.database).toMatchObject({
    name: "read-1",
    num_nodes: 1,
  });
});

test("users, databases and pools reach the platform, pools as a whole and in order", async () => {
  await start();
  const { user } = (await cloud.call("POST", `${path}/users`, { name: "app" })).body;
  await cloud.call("POST", `${path}/dbs`, { name: "app" });
  const pool = { mode: "transaction", size: 5, db: "app", user: "app" };
  const [first] = await Promise.all(["a", "b"].map((name) => cloud.call("POST", `${path}/pools`, { name, ...pool })));
  expect(first?.body.pool.connection.uri).toBe(
    `postgresql://app:${user.password}@main-do-user-1-0.b.db.ondigitalocean.com:25061/a?sslmode=require`,
  );
  await cloud.call("DELETE", `${path}/pools/a`);
  expect(cloud.platform.callsOf("databases.setUser")[0]?.args.slice(1)).toEqual(["app", user.password]);
  expect(cloud.platform.callsOf("databases.setDatabase")[0]?.args[1]).toBe("app");
  expect(
    cloud.platform.callsOf("databases.setPools").map(({ args }: any) => args[1].map(({ name }: any) => name)),
  ).toEqual([["a"], ["a", "b"], ["b"]]);
});

test("fails to make a pool that is larger than the server's connections, or for an unknown database or user", async () => {
  await start();
  const pool = { name: "p", mode: "transaction", size: 5, db: "defaultdb" };
  expect((await cloud.call("POST", `${path}/pools`, { ...pool, size: 47 })).status).toBe(201);
  const refused = await cloud.call("POST", `${path}/pools`, { ...pool, name: "q", size: 1 });
  expect(refused.body.message).toBe("invalid pool size 1: 0 backend connections are available");
  for (const fields of [{ db: "nothing" }, { user: "nobody" }, { mode: "magic" }, { name: "p" }]) {
    expect((await cloud.call("POST", `${path}/pools`, { ...pool, ...fields })).status).toBe(422);
  }
});

test("a change that the platform refuses leaves nothing behind, and is answered 500", async () => {
  await start();
  for (const name of ["databases.setUser", "databases.setDatabase", "databases.setPools"]) {
    cloud.platform.onCall(name, async () => {
      throw new Error("psql says no");
    });
  }
  expect((await cloud.call("POST", `${path}/users`, { name: "app" })).status).toBe(500);
  expect((await cloud.call("POST", `${path}/dbs`, { name: "app" })).status).toBe(500);
  const pool = { name: "p", mode: "transaction", size: 5, db: "defaultdb" };
  expect((await cloud.call("POST", `${path}/pools`, pool)).status).toBe(500);
  expect((await cloud.call("GET", `${path}/users`)).body.users).toHaveLength(1);
  expect((await cloud.call("GET", `${path}/dbs`)).body.dbs).toHaveLength(1);
  expect((await cloud.call("GET", `${path}/pools`)).body.pools).toEqual([]);
});

test("passwords are left out for tokens without database:view_credentials", async () => {
  await start({ tokens: [{ token: "reader", scopes: ["database:read"] }] });
  const { database } = (await cloud.as("reader").call("GET", path)).body;
  expect(database.connection).toMatchObject({ user: "doadmin", password: "" });
  expect(database.users).toEqual([{ name: "doadmin", role: "primary", password: "" }]);
  const full = (await cloud.call("GET", path)).body.database.connection.password;
  expect(JSON.stringify(database)).not.toContain(full);
});

test("trusted sources follow tags and droplets, for the primary and for each replica", async () => {
  const { id } = await start();
  await cloud.call("POST", "/v2/tags", { name: "app" });
  const { replica } = (await cloud.call("POST", `${path}/replicas`, { name: "read-1" })).body;
  await settle();
  const rules = { rules: [{ type: "tag", value: "app", uuid: "", created_at: "0001-01-01T00:00:00Z" }] };
  expect((await cloud.call("PUT", `${path}/firewall`, rules)).status).toBe(204);
  await cloud.call("PUT", `/v2/databases/${replica.id}/firewall`, rules);
  const { body: shown } = await cloud.call("GET", `${path}/firewall`);
  await makeDroplet(cloud, { tags: ["app"] });
  await settle();
  const told = (server: string) =>
    cloud.platform
      .callsOf("databases.setTrustedSources")
      .filter(({ args }) => args[0] === server)
      .map(({ args }) => args[1]);
  const droplet = ["10.100.0.8/32", "203.0.113.10/32"];
  expect(told(id)).toEqual([[], droplet]);
  expect(told(replica.id)).toEqual([[], droplet]);
  await cloud.call("PUT", `${path}/firewall`, { rules: shown.rules });
  expect((await cloud.call("GET", `${path}/firewall`)).body.rules[0].uuid).toBe(shown.rules[0].uuid);
  await cloud.call("PUT", `${path}/firewall`, { rules: [] });
  await settle();
  expect(told(id).at(-1)).toBeUndefined();
});

test("fails with 422 for a trusted source that does not exist", async () => {
  await start();
  for (const rule of [
    { type: "tag", value: "ghost" },
    { type: "droplet", value: "7" },
    { type: "ip_addr", value: "here" },
    { type: "ip_addr", value: "2001:db8::1" },
  ]) {
    expect((await cloud.call("PUT", `${path}/firewall`, { rules: [rule] })).status).toBe(422);
  }
});

test("rules given with the order are in force before the cluster is online", async () => {
  cloud = await startDigitalOcean();
  const rules = [{ type: "ip_addr", value: "192.0.2.1" }];
  await cloud.call("POST", "/v2/databases", { ...order, rules });
  await settle();
  expect(cloud.platform.callsOf("databases.setTrustedSources")[0]?.args[1]).toEqual(["192.0.2.1/32"]);
});

test("a resize takes its time, changes the number of nodes, and never shrinks the storage", async () => {
  const { id } = await start({ latencies: { databaseResize: 5000 } });
  expect((await cloud.call("PUT", `${path}/resize`, { size: "db-s-2vcpu-4gb", num_nodes: 1 })).status).toBe(202);
  expect((await cloud.call("GET", path)).body.database).toMatchObject({ status: "resizing", num_nodes: 2 });
  await cloud.clock.advance(5000);
  expect((await cloud.call("GET", path)).body.database).toMatchObject({
    status: "online",
    num_nodes: 1,
    size: "db-s-2vcpu-4gb",
  });
  expect(cloud.platform.callsOf("databases.resize")[0]?.args).toEqual([
    id,
    expect.objectContaining({ nodeCount: 1, memoryMiB: 4096 }),
  ]);
  expect((await cloud.call("PUT", `${path}/resize`, { size: "db-s-1vcpu-2gb", num_nodes: 1 })).status).toBe(422);
});

test("deleting a cluster takes its replicas along and frees the VPC when the platform is done", async () => {
  const { private_network_uuid: vpc } = await start();
  await cloud.call("POST", `${path}/replicas`, { name: "read-1" });
  await settle();
  cloud.platform.onCall("databases.destroyCluster", () => cloud.clock.sleep(3000));
  expect((await cloud.call("DELETE", path)).status).toBe(204);
  expect((await cloud.call("GET", path)).status).toBe(404);
  expect(cloud.platform.callsOf("databases.destroyReplica")).toHaveLength(1);
  const other = (await cloud.call("POST", "/v2/vpcs", { name: "o", region: "fra1" })).body.vpc;
  await cloud.call("PUT", `/v2/vpcs/${other.id}`, { default: true });
  expect((await cloud.call("DELETE", `/v2/vpcs/${vpc}`)).status).toBe(409);
  await cloud.clock.advance(3000);
  expect((await cloud.call("DELETE", `/v2/vpcs/${vpc}`)).status).toBe(204);
});

test("the maintenance window is answered in lower case and with seconds", async () => {
  await start();
  await cloud.call("PUT", `${path}/maintenance`, { day: "Monday", hour: "2:00" });
  expect((await cloud.call("GET", path)).body.database.maintenance_window).toMatchObject({
    day: "monday",
    hour: "02:00:00",
  });
  expect((await cloud.call("PUT", `${path}/maintenance`, { day: "someday", hour: "02:00" })).status).toBe(422);
  expect((await cloud.call("PUT", `${path}/maintenance`, { day: "monday", hour: "24:00" })).status).toBe(422);
});

test("a cluster that grows gets an address for the new node, and keeps those that it has", async () => {
  await start();
  await cloud.call("PUT", `${path}/resize`, { size: "db-s-1vcpu-2gb", num_nodes: 3 });
  await settle();
  expect((cloud.platform.callsOf("databases.resize")[0]?.args[1] as any).addresses).toEqual([
    { publicAddress: "203.0.113.200", privateAddress: "10.100.0.5" },
    { publicAddress: "203.0.113.201", privateAddress: "10.100.0.6" },
    { publicAddress: "203.0.113.202", privateAddress: "10.100.0.7" },
  ]);
});

test("another plan and maintenance get an address for the node that is there beside the old ones", async () => {
  const { id } = await start();
  await cloud.call("PUT", `${path}/resize`, { size: "db-s-2vcpu-4gb", num_nodes: 2 });
  await settle();
  const resized = cloud.platform.callsOf("databases.resize")[0]?.args[1] as { addresses: unknown[] };
  expect(resized.addresses).toHaveLength(3);
  expect((await cloud.call("PUT", `${path}/install_update`)).status).toBe(204);
  expect(cloud.platform.callsOf("databases.replaceNodes")[0]?.args).toEqual([id, resized.addresses]);
});

test("the time until a failover is a setting of the cluster, which reaches the platform", async () => {
  const { id } = await start();
  const config = { max_failover_replication_time_lag: 20 };
  expect((await cloud.call("PATCH", `${path}/config`, { config })).status).toBe(200);
  expect(cloud.platform.callsOf("databases.setAvailability")[0]?.args).toEqual([
    id,
    expect.objectContaining({ failoverAfterSeconds: 20, synchronousReplication: "off" }),
  ]);
  expect((await cloud.call("GET", `${path}/config`)).body.config).toMatchObject({ ...config, work_mem: 4 });
});

test("synchronous replication reaches the platform, and fails for a cluster without a standby", async () => {
  const { id } = await start();
  const config = { synchronous_replication: "quorum" };
  expect((await cloud.call("PATCH", `${path}/config`, { config })).status).toBe(200);
  expect(cloud.platform.callsOf("databases.setAvailability")[0]?.args).toEqual([
    id,
    expect.objectContaining({ failoverAfterSeconds: 60, synchronousReplication: "quorum" }),
  ]);
  await cloud.call("PATCH", `${path}/config`, { config: { synchronous_replication: "off" } });
  await cloud.call("PUT", `${path}/resize`, { size: "db-s-1vcpu-2gb", num_nodes: 1 });
  await settle();
  const refused = await cloud.call("PATCH", `${path}/config`, { config });
  expect([refused.status, refused.body.message]).toEqual([
    422,
    "config.synchronous_replication: must be off on a cluster without a standby, got quorum",
  ]);
});

test.each([
  [400, "the mask must be set with which fields are being updated", {}],
  [400, "config: unknown setting nope", { nope: 1 }],
  [400, 'config.work_mem: must be of type integer, got "16"', { work_mem: "16" }],
  [400, "config.work_mem: must be of type integer, got 1.5", { work_mem: 1.5 }],
  [400, "config.jit: must be a boolean, got 1", { jit: 1 }],
  [400, "config.timezone: must be a string, got 7", { timezone: 7 }],
  [400, "config.pgbouncer: unknown setting nope", { pgbouncer: { nope: 1 } }],
  [400, "config.timescaledb: must be an object, got 3", { timescaledb: 3 }],
  [422, "config.work_mem: must be 1 to 1024, got 0", { work_mem: 0 }],
  [422, "config.synchronous_replication: must be one of off, quorum, got on", { synchronous_replication: "on" }],
])("fails with %i for a wrong configuration: %s", async (status, message, wrong) => {
  await start();
  const before = (await cloud.call("GET", `${path}/config`)).body;
  const config = { ...wrong, ...(Object.keys(wrong).length > 0 && { wal_writer_delay: 100 }) };
  const refused = await cloud.call("PATCH", `${path}/config`, { config });
  expect([refused.status, refused.body.message]).toEqual([status, message]);
  expect((await cloud.call("GET", `${path}/config`)).body).toEqual(before);
});

test("a replica has the connections of its own size, and a resize of it reaches the platform", async () => {
  await start();
  await cloud.call("POST", `${path}/replicas`, { name: "read-1", size: "db-s-1vcpu-1gb" });
  await settle();
  expect(cloud.platform.callsOf("databases.createReplica")[0]?.args[0]).toMatchObject({ memoryMiB: 1024 });
  const { id } = (await cloud.call("GET", `${path}/replicas/read-1`)).body.replica;
  await cloud.call("PUT", `/v2/databases/${id}/resize`, { size: "db-s-2vcpu-4gb", num_nodes: 1 });
  await settle();
  expect(cloud.platform.callsOf("databases.resize")[0]?.args).toEqual([
    id,
    expect.objectContaining({ memoryMiB: 4096 }),
  ]);
});

test("at most 100 trusted sources, of which a droplet is two", async () => {
  await start();
  const { id } = await makeDroplet(cloud);
  const addresses = Array.from({ length: 98 }, (_, index) => ({ type: "ip_addr", value: `192.0.2.${index}` }));
  const droplet = { type: "droplet", value: `${id}` };
  expect((await cloud.call("PUT", `${path}/firewall`, { rules: [...addresses, droplet] })).status).toBe(204);
  const one = { type: "ip_addr", value: "192.0.2.200" };
  const refused = await cloud.call("PUT", `${path}/firewall`, { rules: [...addresses, droplet, one] });
  expect([refused.status, refused.body.message]).toEqual([
    422,
    "rules: at most 100 trusted sources, a droplet counting as two, got 101",
  ]);
});

test("the options are PostgreSQL's, in every region, with the sizes that a number of nodes can have", async () => {
  await start({ tokens: [{ token: "reader", scopes: ["database:read"] }] });
  const { status, body } = await cloud.as("reader").call("GET", "/v2/databases/options");
  expect(status).toBe(200);
  expect(body.options.pg).toMatchObject({ versions: ["14", "15", "16", "17"], default_version: "17" });
  expect(body.options.pg.regions).toContain("fra1");
  expect(body.options.pg.layouts.map(({ num_nodes }: any) => num_nodes)).toEqual([1, 2, 3]);
  expect(body.options.pg.layouts[0].sizes).toContain("db-s-1vcpu-1gb");
  expect(body.options.pg.layouts[1].sizes).not.toContain("db-s-1vcpu-1gb");
  expect(body.version_availability.pg).toContainEqual({
    version: "17",
    end_of_life: "2029-11-08T00:00:00Z",
    end_of_availability: "2029-05-08T00:00:00Z",
  });
});
