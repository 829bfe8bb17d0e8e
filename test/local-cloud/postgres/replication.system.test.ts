import { servicesTreeForTests } from "../services/services-tree-for-tests";
import { DatabaseCloudForTests, exampleCluster, exampleReplica } from "./database-cloud-for-tests";

const { tree, describeWithTree } = servicesTreeForTests();

describeWithTree("replication of managed PostgreSQL", () => {
  const cluster = exampleCluster(1);
  const replica = exampleReplica(1, cluster);
  let cloud: DatabaseCloudForTests;

  beforeAll(async () => {
    cloud = new DatabaseCloudForTests(tree, "rp");
    cloud.databases.setFailoverTime(1);
    await cloud.databases.createCluster(cluster);
    await cloud.databases.createReplica(replica);
    await cloud.psql("CREATE TABLE entries (id int GENERATED ALWAYS AS IDENTITY, text text)", cluster);
  });

  afterAll(async () => cloud?.close());

  test("a primary without power takes with it what its standby had not received yet", async () => {
    const { node } = await cloud.primaryOf(cluster);
    // The replica will be ahead of where the new primary begins, and gets all this again and again: so it seems to follow.
    await cloud.psql("SELECT pg_logical_emit_message(false, 'padding', repeat('x', 10 * 1024 * 1024))", cluster);
    await cloud.databases.delaySending(node, 2);
    const early = await write("early", 1);
    await cloud.eventually("the standby has the first row", () => standbyHas("early"));
    const late = await write("late", 5);
    await cloud.databases.findServer(node).powerOff();
    expect(await textsOn(replica)).toContain("late");
    await cloud.eventually("another primary", async () => (await cloud.primaryOf(cluster)).node !== node);

    expect([early.length, late.length]).toEqual([1, 5]);
    expect(await textsOn(cluster)).toEqual(["early"]);

    await write("after", 1);
    await cloud.eventually("the replica forgets them too", async () => {
      return (await textsOn(replica).catch(() => [])).join() === "early,after";
    });
    await cloud.databases.findServer(node).powerOn();
    await cloud.databases.delaySending(node, 0);
    await cloud.everyStandbyStreams();
  });

  test("with quorum nothing that was acknowledged is lost, however late it reaches the standby", async () => {
    await setSynchronousReplication("quorum");
    const { node } = await cloud.primaryOf(cluster);
    await cloud.databases.delaySending(node, 2);
    const written = performance.now();
    await write("kept", 1);
    expect(performance.now() - written).toBeGreaterThan(2000);
    const waiting = cloud.succeeds("INSERT INTO entries (text) VALUES ('waiting')", cluster);
    await cloud.eventually("the commit that waits", async () => {
      const waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
      return (await cloud.databases.findServer(node).query(waits))[0]![0] === "1";
    });
    await cloud.databases.findServer(node).powerOff();
    await cloud.eventually("another primary", async () => (await cloud.primaryOf(cluster)).node !== node);
    const acknowledged = (await waiting) ? ["kept", "waiting"] : ["kept"];
    expect(await textsOn(cluster)).toEqual(expect.arrayContaining(acknowledged));
    await cloud.databases.findServer(node).powerOn();
    await cloud.databases.delaySending(node, 0);
    await cloud.everyStandbyStreams();
  });

  test("with quorum and no standby left the primary goes on, and nobody replaces it until one has caught up", async () => {
    await cloud.eventually("the standby is waited for again", async () => (await awaited()).length > 0);
    const [{ node }, standby] = [await cloud.primaryOf(cluster), await cloud.standbyOf(cluster)];
    await cloud.databases.findServer(standby.node).powerOff();
    await write("alone", 1);
    expect(await awaited()).toBe("");
    await cloud.databases.findServer(node).powerOff();
    await cloud.databases.findServer(standby.node).powerOn();
    await cloud.eventually("the standby runs", async () => (await cloud.standbyOf(cluster)).running);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect((await cloud.primaryOf(cluster)).node).toBe(node);
    await cloud.databases.findServer(node).powerOn();
    await cloud.eventually("the primary is back", () => cloud.succeeds("SELECT 1", cluster));
    expect((await textsOn(cluster)).slice(-1)).toEqual(["alone"]);
    await cloud.everyStandbyStreams();
    await cloud.eventually("the standby is waited for", async () => (await awaited()) === `ANY 1 ("${standby.node}")`);
    await setSynchronousReplication("off");
    expect(await awaited()).toBe("");
  });

  test("with new nodes in the place of all, connections end once and nothing acknowledged is lost", async () => {
    await cloud.everyStandbyStreams();
    const before = await nodesOfCluster();
    const session = cloud.psql("SELECT pg_sleep(100)", cluster, { limitSeconds: 100 });
    session.catch(() => undefined);
    const acknowledged: string[] = [];
    let over = false;
    const writing = (async () => {
      for (let number = 0; !over; number++) {
        const text = `move ${number}`;
        if (await cloud.succeeds(`INSERT INTO entries (text) VALUES ('${text}')`, cluster)) acknowledged.push(text);
      }
    })();
    await cloud.databases.replaceNodes(cluster.id, cluster.addresses);
    const written = acknowledged.length;
    await cloud.eventually("writes go on", async () => acknowledged.length > written);
    over = true;
    await writing;
    await expect(session).rejects.toThrow(/terminating connection|closed the connection unexpectedly/);
    const after = await nodesOfCluster();
    expect([after.length, after.filter((node) => before.includes(node))]).toEqual([2, []]);
    const texts = (await textsOn(cluster)).filter((text) => text.startsWith("move "));
    expect(acknowledged.filter((text) => !texts.includes(text))).toEqual([]);
    await cloud.eventually("the replica has them too", async () => {
      return (await textsOn(replica)).join() === (await textsOn(cluster)).join();
    });
  });

  test("another plan moves a cluster, and a replica, to nodes with more connections", async () => {
    await cloud.databases.resize(cluster.id, { ...cluster, memoryMiB: 4096 });
    expect(await cloud.psql("SHOW max_connections", cluster)).toBe("100");
    const own = "SELECT current_setting('max_connections') || ' ' || current_setting('superuser_reserved_connections')";
    await cloud.eventually("the replica answers", async () => {
      return (await cloud.psql(own, replica).catch(() => "")) === "100 78";
    });
    const addresses = [...replica.addresses, { publicAddress: "203.0.113.210", privateAddress: "10.10.0.210" }];
    await cloud.databases.resize(replica.id, { nodeCount: 1, memoryMiB: 4096, addresses });
    expect(await cloud.psql(own, replica)).toBe("100 3");
    expect(await textsOn(replica)).toEqual(await textsOn(cluster));
    expect(cloud.names.get(replica.hostname)).toEqual(["203.0.113.210"]);
    await cloud.everyStandbyStreams();
  });

  test("a cluster whose disk is nearly full takes no writes, also in sessions that are open, until it is undone", async () => {
    const primary = cloud.databases.findServer((await cloud.primaryOf(cluster)).node);
    await primary.setReadOnly(true);
    await cloud.eventually("writes are refused", () => refused("read-only transaction"));
    expect(await cloud.psql("SELECT 1", cluster)).toBe("1");
    await primary.setReadOnly(false);
    await cloud.eventually("a write", () => cloud.succeeds("INSERT INTO entries (text) VALUES ('again')", cluster));
  });

  test("every free connection is taken, and given back", async () => {
    const { node } = await cloud.primaryOf(cluster);
    await cloud.databases.occupy(node, "connections");
    expect(await refused("remaining connection slots are reserved")).toBe(true);
    await cloud.databases.findServer(node).release();
    await cloud.eventually("a connection", () => cloud.succeeds("SELECT 1", cluster));
  });

  test("every table is locked against writes and can be read, until the lock is given back", async () => {
    const { node } = await cloud.primaryOf(cluster);
    await cloud.databases.occupy(node, "tables");
    expect(await cloud.psql("SELECT count(*) > 0 FROM entries", cluster)).toBe("t");
    const write = "SET lock_timeout = '200ms'; INSERT INTO entries (text) VALUES ('locked')";
    await expect(cloud.psql(write, cluster)).rejects.toThrow("canceling statement due to lock timeout");
    await cloud.databases.findServer(node).release();
    await cloud.eventually("a write", () => cloud.succeeds(write, cluster));
  });

  test("fails for a delay that is too long, and for a node that is not there", async () => {
    const { node } = await cloud.primaryOf(cluster);
    await expect(cloud.databases.delaySending(node, 6)).rejects.toThrow("seconds: must be 0 to 5, got 6");
    await expect(cloud.databases.delaySending("db9-1", 1)).rejects.toThrow("database node: must be one of db1-");
  });

  /** Rows that the primary has acknowledged, one transaction each. */
  async function write(text: string, count: number): Promise<string[]> {
    const insert = `BEGIN; INSERT INTO entries (text) VALUES ('${text}') RETURNING id; COMMIT`;
    return (await cloud.psql(Array.from({ length: count }, () => insert).join("; "), cluster)).split("\n");
  }

  async function setSynchronousReplication(synchronousReplication: "off" | "quorum"): Promise<void> {
    await cloud.databases.setAvailability(cluster.id, { ...cluster, synchronousReplication });
  }

  async function nodesOfCluster(): Promise<string[]> {
    const all = await cloud.databases.status();
    return all.filter(({ cluster: name }) => name === cluster.name).map(({ node }) => node);
  }

  async function refused(why: string): Promise<boolean> {
    const write = cloud.psql("INSERT INTO entries (text) VALUES ('refused')", cluster);
    return write.then(
      () => false,
      (error: Error) => error.message.includes(why),
    );
  }

  /** Whom the primary waits for, by its own word. */
  async function awaited(): Promise<string> {
    return cloud.psql("SHOW synchronous_standby_names", cluster);
  }

  async function standbyHas(text: string): Promise<boolean> {
    const { node } = await cloud.standbyOf(cluster);
    const rows = await cloud.databases
      .findServer(node)
      .query(`SELECT 1 FROM entries WHERE text = '${text}'`, "defaultdb");
    return rows.length > 0;
  }

  async function textsOn(server: typeof cluster | typeof replica): Promise<string[]> {
    return (await cloud.psql("SELECT text FROM entries ORDER BY id", server)).split("\n");
  }
});
