import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { DatabaseCloudForTests, exampleCluster } from "./database-cloud-for-tests";
import { servicesTreeForTests } from "../services/services-tree-for-tests";

jest.setTimeout(120_000);

const run = promisify(execFile);
const { tree, describeWithTree } = servicesTreeForTests();

describeWithTree("the metrics endpoint of managed PostgreSQL", () => {
  let cloud: DatabaseCloudForTests;
  const cluster = exampleCluster(1);

  beforeAll(async () => {
    cloud = new DatabaseCloudForTests(tree, "metrics");
    await cloud.databases.setMetricsLogin("metrics", "secret");
    await cloud.databases.createCluster(cluster);
    await cloud.everyStandbyStreams();
  });

  afterAll(() => cloud.close());

  test("tells of the databases, of who follows, and of the machine", async () => {
    await cloud.psql("CREATE TABLE entries AS SELECT generate_series(1, 100000) AS id", cluster);
    const session = cloud.psql("SELECT pg_sleep(5)", cluster);
    const size = Number(await cloud.psql("SELECT pg_database_size('defaultdb')", cluster));
    const { node } = await cloud.standbyOf(cluster);
    const connections = 'postgresql_pg_stat_activity_conn_count{datname="defaultdb"}';
    await cloud.eventually("the session among the connections", async () => (await read()).get(connections) === 1);
    const figures = await read();
    expect(figures.get('postgresql_database_size_database_size{datname="defaultdb"}')).toBe(size);
    expect(figures.has(`postgresql_pg_stat_replication_bytes_diff{application_name="${node}"}`)).toBe(true);
    for (const name of ["cpu_usage_idle", "mem_available_percent", "disk_used_percent"]) {
      expect(figures.get(name)).toBeGreaterThan(0);
      expect(figures.get(name)).toBeLessThanOrEqual(100);
    }
    await session;
  });

  test("says how far a standby is behind", async () => {
    const { node } = await cloud.standbyOf(cluster);
    await cloud.databases.findServer(node).delayReplay(600);
    const lag = async () => (await read()).get(`postgresql_pg_stat_replication_bytes_diff{application_name="${node}"}`);
    await cloud.psql("INSERT INTO entries SELECT generate_series(1, 100000)", cluster);
    expect(await lag()).toBeGreaterThan(1_000_000);
    await cloud.databases.findServer(node).delayReplay(0);
    await cloud.eventually("a standby that has caught up", async () => (await lag()) === 0);
  });

  test("fails with another login and without one", async () => {
    await expect(ask("metrics:other")).rejects.toThrow("401");
    await expect(ask()).rejects.toThrow("401");
    await cloud.databases.setMetricsLogin("metrics", "other");
    await expect(ask("metrics:secret")).rejects.toThrow("401");
    expect(await ask("metrics:other")).toContain("system_load1");
  });

  async function read(): Promise<Map<string, number>> {
    const lines = (await ask("metrics:secret")).trimEnd().split("\n");
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
  }

  /** As a client of the cluster's name, which verifies its certificate. */
  async function ask(login?: string): Promise<string> {
    const authority = path.join(cloud.stateDirectory, "metrics-authority.pem");
    writeFileSync(authority, await cloud.databases.certificateAuthority(cluster.id));
    const address = cloud.names.get(cluster.hostname)![0];
    const to = ["--resolve", `${cluster.hostname}:9273:${address}`, `https://${cluster.hostname}:9273/metrics`];
    const argv = ["curl", "-sS", "--fail", "--max-time", "10", "--cacert", authority, ...to];
    if (login !== undefined) argv.push("--user", login);
    return (await run("nsenter", [`--net=${cloud.clientNamespace}`, ...argv])).stdout;
  }
});
