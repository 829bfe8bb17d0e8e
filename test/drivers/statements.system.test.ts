import { whyNoImage } from "../cloud-init/host-image";
import { servicesTreeForTests } from "../local-cloud/services/services-tree-for-tests";
import { DatabaseSite } from "./database-site";

const { tree, describeWithTree } = servicesTreeForTests();
const describeWithBoth = whyNoImage() === undefined ? describeWithTree : describe.skip;
const [WRITES, READS] = [40, 200];

/** Each statement in a session of its own, as from a program that keeps none. */
const program = `
import os, psycopg
for number in range(${WRITES}):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("insert into counted values (%s)", [number])
for number in range(${READS}):
    with psycopg.connect(os.environ["DATABASE_READ_URL"]) as connection:
        connection.execute("select count(*) from counted where number = %s", [number])
`;

describeWithBoth("statements, counted by each server itself", () => {
  let site: DatabaseSite;

  beforeAll(async () => {
    site = await DatabaseSite.start(tree);
    await site.endpoints.direct("create table counted (number int)", "app", "app");
    await site.endpoints.everyStandbyStreams();
    for (const { node } of await site.endpoints.databases.status())
      await ask(node, "select pg_stat_statements_reset()");
    await site.endpoints.node.run(["python3", "-c", program], site.environment());
  });

  afterAll(() => site?.[Symbol.asyncDispose]());

  const ask = (node: string, sql: string) => site.endpoints.databases.findServer(node).query(sql, "app");

  /** Calls of the statements that begin like this, on the servers of a role. */
  async function callsOn(role: "primary" | "standby" | "replica", begin: string): Promise<number[]> {
    const servers = (await site.endpoints.databases.status()).filter((server) => server.role === role);
    const sql = `select coalesce(sum(calls), 0) from pg_stat_statements where query like '${begin}%'`;
    const answers = await Promise.all(servers.map(({ node }) => ask(node, sql)));
    return answers.map(([row]) => Number(row![0]));
  }

  test("writes are all on the primary", async () => {
    expect(await callsOn("primary", "insert into counted")).toEqual([WRITES]);
    expect(await callsOn("replica", "insert into counted")).toEqual([0, 0]);
  });

  test("reads are all on the replicas, and each of them has its part", async () => {
    expect(await callsOn("primary", "select count(*) from counted")).toEqual([0]);
    expect(await callsOn("standby", "select count(*) from counted")).toEqual([0]);
    const [one, other] = (await callsOn("replica", "select count(*) from counted")) as [number, number];
    expect(one + other).toBe(READS);
    // Half of them each; a third is more than four standard deviations away where sessions are led at random.
    expect(Math.min(one, other)).toBeGreaterThan(READS / 3);
    process.stdout.write(`reads on the replicas: ${one} and ${other}\n`);
  });

  test("the admin user sees them too", async () => {
    const sql = "select sum(calls) > 0 from pg_stat_statements where query like 'insert into counted%'";
    expect(await site.endpoints.direct(sql)).toBe("t");
  });
});
