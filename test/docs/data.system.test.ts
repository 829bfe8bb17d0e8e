import { readFileSync } from "node:fs";
import path from "node:path";
import { servicesTreeForTests } from "../local-cloud/services/services-tree-for-tests";
import { DatabaseCloudForTests, exampleCluster } from "../local-cloud/postgres/database-cloud-for-tests";

const { tree, describeWithTree } = servicesTreeForTests();

/** The commands of the document, by their first word. */
function commandOf(program: string): string {
  const document = readFileSync(path.resolve(__dirname, "../../docs/data.md"), "utf8");
  const found = new RegExp(`^ {4}(${program} .*)$`, "m").exec(document)?.[1];
  if (found === undefined) throw new Error(`docs/data.md: has no command ${program}`);
  return found;
}

describeWithTree("the export that docs/data.md describes", () => {
  const cluster = exampleCluster(1);
  let cloud: DatabaseCloudForTests;

  beforeAll(async () => {
    cloud = new DatabaseCloudForTests(tree, "ex");
    await cloud.databases.createCluster(cluster);
  });

  afterAll(async () => cloud?.close());

  test("brings every row into another database", async () => {
    const create = "CREATE TABLE shop_order (id bigint PRIMARY KEY, note text, paid numeric(10, 2), at timestamptz)";
    const fill = "INSERT INTO shop_order SELECT n, E'line\\n' || n, n / 3.0, now() FROM generate_series(1, 5000) n";
    await cloud.psql(`${create}; ${fill}; CREATE INDEX ON shop_order (at)`, cluster);
    await cloud.databases.setDatabase(cluster.id, "target");
    await run(commandOf("pg_dump"));
    await run(commandOf("pg_restore"));
    const sum = "SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM shop_order t";
    const { node } = await cloud.primaryOf(cluster);
    const server = cloud.databases.findServer(node);
    const [[original], [copy]] = [await server.query(sum, "defaultdb"), await server.query(sum, "target")];
    expect(original![0]).toMatch(/^5000 /);
    expect(copy).toEqual(original);
  });

  /** Where the server is, by its socket: the programs are as new as it, and no password is needed. */
  async function run(command: string): Promise<void> {
    const { node } = await cloud.primaryOf(cluster);
    const files = path.join(cloud.stateDirectory, node);
    const url = (database: string) => `postgresql:///${database}?host=/srv/socket&port=${cluster.port}&user=doadmin`;
    const environment = `export DATABASE_DIRECT_URL='${url("defaultdb")}' TARGET_URL='${url("target")}'`;
    await tree.run({ command: ["sh", "-euc", `cd /srv; ${environment}; ${command}`], user: "postgres", files }, 60);
  }
});
