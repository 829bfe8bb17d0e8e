import type { DatabaseBackup } from "../../../../../local-cloud/platform/platform";
import { startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const HOUR = 3_600_000;
const order = { name: "main", engine: "pg", version: "17", size: "db-s-1vcpu-2gb", region: "fra1", num_nodes: 2 };

let cloud: DigitalOceanUnderTest;
let path: string;
let backups: DatabaseBackup[];
afterEach(() => cloud.api.close());

/** A cluster with two backups, two hours and one hour old. */
async function start(): Promise<any> {
  cloud = await startDigitalOcean();
  const { databases } = cloud.platform.platform;
  const now = cloud.clock.now();
  backups = [2, 1].map((hours) => ({ createdAt: now - hours * HOUR, sizeBytes: 33_000_000 }));
  Object.assign(databases, {
    listBackups: async () => backups,
    listContents: async () => ({ users: ["doadmin", "app", "former"], databases: ["defaultdb", "app"] }),
  });
  const { database } = (await cloud.call("POST", "/v2/databases", order)).body;
  path = `/v2/databases/${database.id}`;
  await settle();
  return database;
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString().replace(".000Z", "Z");
const restore = (backup_restore: object, more = {}) =>
  cloud.call("POST", "/v2/databases", { ...order, name: "copy", ...more, backup_restore });

/** `origin` with which the platform was asked for the copy. */
const origin = () => (cloud.platform.callsOf("databases.createCluster").at(-1)?.args[0] as any).origin;

test("backups are listed with their sizes, and the time of day when they are made", async () => {
  await start();
  await cloud.call("PATCH", `${path}/config`, { config: { backup_hour: 20, backup_minute: 40 } });
  expect((await cloud.call("GET", `${path}/backups`)).body).toEqual({
    backups: backups.map(({ createdAt }) => ({
      created_at: iso(createdAt),
      size_gigabytes: 0.033,
      incremental: false,
    })),
    scheduled_backup_time: { backup_hour: 20, backup_minute: 40, backup_interval_hours: 24 },
  });
  expect(cloud.platform.callsOf("databases.setAvailability")[0]?.args[1]).toMatchObject({
    dailyBackup: { hour: 20, minute: 40 },
  });
});

test("a restore takes the newest backup, the one that is named, or a moment after one", async () => {
  const { id: clusterId } = await start();
  const [older, newer] = backups.map(({ createdAt }) => createdAt);
  for (const [backup_created_at, expected] of [
    [undefined, { backup: newer, until: undefined }],
    [iso(older!), { backup: older, until: undefined }],
    [iso(older! + 60_000), { backup: older, until: older! + 60_000 }],
    [iso(newer! + 60_000), { backup: newer, until: newer! + 60_000 }],
  ] as const) {
    const { body } = await restore({ database_name: "main", backup_created_at });
    expect(body.database.status).toBe("forking");
    await settle();
    expect(origin()).toEqual({ clusterId, ...expected });
    await cloud.call("DELETE", `/v2/databases/${body.database.id}`);
    await settle();
  }
});

test("a restored cluster has the users, passwords, databases and settings of its source", async () => {
  await start();
  const app = (await cloud.call("POST", `${path}/users`, { name: "app" })).body.user;
  const config = { work_mem: 8 };
  await cloud.call("PATCH", `${path}/config`, { config });
  const copy = (await restore({ database_name: "main" })).body.database;
  await settle();
  const { body } = await cloud.call("GET", `/v2/databases/${copy.id}`);
  const source = (await cloud.call("GET", path)).body.database;
  expect(body.database).toMatchObject({ status: "online", db_names: ["defaultdb", "app"] });
  expect(body.database.connection.password).toBe(source.connection.password);
  const [admin, , former] = body.database.users;
  expect(body.database.users).toEqual([source.users[0], app, { ...former, name: "former", role: "normal" }]);
  expect([admin.role, former.password]).toEqual(["primary", expect.stringMatching(/^AVNS_/)]);
  const set = cloud.platform.callsOf("databases.setUser").filter(({ args }) => args[0] === copy.id);
  expect(set.map(({ args }) => args.slice(1))).toEqual([
    ["app", app.password],
    ["former", former.password],
  ]);
  expect((await cloud.call("GET", `/v2/databases/${copy.id}/config`)).body.config).toMatchObject(config);
});

test("fails for a source that is not there, a plan that is smaller, and another version", async () => {
  await start();
  for (const [restored, more, message] of [
    [{ database_name: "other" }, {}, "backup_restore.database_name: no cluster has the name other"],
    [
      { database_name: "main" },
      { size: "db-s-1vcpu-1gb", num_nodes: 1 },
      "size: must not be smaller than db-s-1vcpu-2gb, the plan of main, got db-s-1vcpu-1gb",
    ],
    [{ database_name: "main" }, { version: "16" }, "version: must be that of main, 17, got 16"],
  ] as const) {
    const { status, body } = await restore(restored, more);
    expect([status, body.message]).toEqual([422, message]);
  }
});

test("fails for a moment that no backup reaches, and while there is no backup", async () => {
  await start();
  const [oldest, now] = [backups[0]!.createdAt, cloud.clock.now()];
  const range = `must be from ${iso(oldest)} to ${iso(now)}`;
  for (const wrong of [iso(oldest - 1000), iso(now + 1000)]) {
    const { status, body } = await restore({ database_name: "main", backup_created_at: wrong });
    expect([status, body.message]).toEqual([422, `backup_restore.backup_created_at: ${range}, got ${wrong}`]);
  }
  const { body } = await restore({ database_name: "main", backup_created_at: "yesterday" });
  expect(body.message).toBe(
    "backup_restore.backup_created_at: must be a time such as 2026-01-31T19:25:22Z, got yesterday",
  );
  backups = [];
  expect((await restore({ database_name: "main" })).status).toBe(412);
});
