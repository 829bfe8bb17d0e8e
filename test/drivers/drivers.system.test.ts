import { readFileSync } from "node:fs";
import path from "node:path";
import { whyNoImage } from "../cloud-init/host-image";
import { servicesTreeForTests } from "../local-cloud/services/services-tree-for-tests";
import { DatabaseSite } from "./database-site";
import { checks, findDriver } from "./drivers";
import { provideDriver } from "./installation";
import { problemsOf } from "./report";
import { tryDriver, type Call, type Trial } from "./trial";

const { tree, describeWithTree } = servicesTreeForTests();
const describeWithBoth = whyNoImage() === undefined ? describeWithTree : describe.skip;

/** Those that are here anyway; `./run drivers` tries all. */
describeWithBoth("drivers at the database endpoints", () => {
  let site: DatabaseSite;

  beforeAll(async () => (site = await DatabaseSite.start(tree)));
  afterAll(() => site?.[Symbol.asyncDispose]());

  test("psycopg of the droplet image does all that it can, and goes on after a failover", async () => {
    const sources = [path.join(__dirname, "psycopg/program.py"), path.join(__dirname, "protocol/protocol.py")];
    await site.endpoints.node.write(
      sources.map((file) => ({ path: `/srv/${path.basename(file)}`, content: readFileSync(file, "utf8") })),
    );
    judge(
      await tryDriver(site, "psycopg", (argument, run) => site.onNode(["python3", "/srv/program.py", argument], run)),
    );
  });

  test("postgres.js does all that it can, and goes on after a failover", async () => {
    const driver = findDriver("postgres.js");
    const directory = await provideDriver(driver);
    const call: Call = (argument, run) => site.onMachine([...driver.command, argument], directory, run);
    judge(await tryDriver(site, driver.name, call));
  });

  function judge(trial: Trial): void {
    expect(trial.checks.map(({ check }) => check)).toEqual(checks);
    expect(problemsOf(trial)).toEqual([]);
    for (const { attempts } of [trial.primaryLost, trial.replicaLost]) expect(attempts).toBeGreaterThan(0);
  }
});
