import { readdirSync } from "node:fs";
import { servicesTreeForTests } from "../services/services-tree-for-tests";
import { DatabaseCloudForTests, exampleCluster, type PsqlOptions } from "./database-cloud-for-tests";

const { tree, describeWithTree } = servicesTreeForTests();

describeWithTree("backups of managed PostgreSQL", () => {
  const cluster = exampleCluster(1);
  let cloud: DatabaseCloudForTests;

  beforeAll(async () => {
    cloud = new DatabaseCloudForTests(tree, "bk");
    cloud.databases.setFailoverTime(1);
    await cloud.databases.createCluster(cluster);
    await cloud.databases.setUser(cluster.id, "app", "app-secret");
    await cloud.psql("CREATE TABLE entries (id int GENERATED ALWAYS AS IDENTITY, text text)", cluster);
    await write("before the backup");
    await cloud.eventually("the first backup", async () => (await backups()).length === 1);
  });

  afterAll(async () => cloud?.close());

  test("a second cluster stands beside the first with the rows of a moment, also after they were deleted", async () => {
    await write("one");
    await write("two");
    const until = await moment();
    await write("three");
    await cloud.psql("DELETE FROM entries", cluster);
    const restored = exampleCluster(2, { origin: await originAt(until), adminPassword: "another-secret" });
    await cloud.databases.createCluster(restored);
    const texts = ["before the backup", "one", "two"];
    expect(await textsOn(restored, { password: "another-secret" })).toEqual(texts);
    expect(await textsOn(cluster)).toEqual([""]);
    expect(await cloud.databases.listContents(restored.id)).toEqual({
      users: ["doadmin", "app"],
      databases: ["defaultdb"],
    });
    expect((await cloud.databases.status()).filter(({ cluster: name }) => name === restored.name)).toHaveLength(2);

    await cloud.psql("INSERT INTO entries (text) VALUES ('in the copy')", restored, { password: "another-secret" });
    await cloud.everyStandbyStreams();
    const { node } = await cloud.primaryOf(restored);
    await cloud.databases.findServer(node).powerOff();
    await cloud.eventually("a failover of the copy", async () => (await cloud.primaryOf(restored)).node !== node);
    expect(await textsOn(restored, { password: "another-secret" })).toEqual([...texts, "in the copy"]);
    await cloud.databases.destroyCluster(restored.id);
  });

  test("the backup itself has nothing that came after it", async () => {
    const [first] = await backups();
    const origin = { clusterId: cluster.id, backup: first!.createdAt, until: undefined };
    const restored = exampleCluster(2, { origin, nodeCount: 1 });
    await cloud.databases.createCluster(restored);
    expect(await textsOn(restored)).toEqual(["before the backup"]);
    await cloud.databases.destroyCluster(restored.id);
  });

  test("a moment after a failover can be restored, and one before it too", async () => {
    await write("by the first primary");
    const before = await moment();
    const { node } = await cloud.primaryOf(cluster);
    await cloud.everyStandbyStreams();
    await cloud.databases.findServer(node).powerOff();
    await cloud.eventually("another primary", async () => (await cloud.primaryOf(cluster)).node !== node);
    await write("by the second primary");
    const after = await moment();
    for (const [until, texts] of [
      [before, ["by the first primary"]],
      [after, ["by the first primary", "by the second primary"]],
    ] as const) {
      const restored = exampleCluster(2, { origin: await originAt(until), nodeCount: 1 });
      await cloud.databases.createCluster(restored);
      expect(await textsOn(restored)).toEqual(texts);
      await cloud.databases.destroyCluster(restored.id);
    }
    await cloud.databases.findServer(node).powerOn();
    await cloud.everyStandbyStreams();
  });

  test("with every node lost, what was archived can be restored", async () => {
    await write("archived");
    const restored = exampleCluster(2, { origin: await originAt(await moment()), nodeCount: 1 });
    // Whoever restores puts the WAL so far into the archive.
    await cloud.databases.createCluster(restored);
    await cloud.databases.destroyCluster(restored.id);
    await write("not archived yet");
    const origin = await originAt(await moment());
    const nodes = (await cloud.databases.status()).filter(({ cluster: name }) => name === cluster.name);
    for (const { node } of nodes) await cloud.databases.findServer(node).powerOff();
    await cloud.databases.createCluster({ ...restored, origin });
    expect((await textsOn(restored)).at(-1)).toBe("archived");
  });

  test("backups go with their cluster", async () => {
    expect(readdirSync(cloud.stateDirectory)).toContain("backups-db1");
    await cloud.databases.destroyCluster(cluster.id);
    expect(readdirSync(cloud.stateDirectory)).not.toContain("backups-db1");
  });

  const backups = () => cloud.databases.listBackups(cluster.id);

  async function originAt(until: number) {
    return { clusterId: cluster.id, backup: (await backups()).at(-1)!.createdAt, until };
  }

  const write = (text: string) => cloud.psql(`INSERT INTO entries (text) VALUES ('${text}')`, cluster);

  /** A moment after all that was written so far and before all that comes. */
  async function moment(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return now;
  }

  async function textsOn(server: typeof cluster, options?: PsqlOptions): Promise<string[]> {
    return (await cloud.psql("SELECT text FROM entries ORDER BY id", server, options)).split("\n");
  }
});
