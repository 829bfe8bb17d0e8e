import { whyNoImage } from "../cloud-init/host-image";
import { servicesTreeForTests } from "../local-cloud/services/services-tree-for-tests";
import { DatabaseSite } from "./database-site";
import { checks, findDriver } from "./drivers";
import { provideDriver } from "./installation";
import { problemsOf } from "./report";
import { tryDriver, type Call } from "./trial";

const { tree, describeWithTree } = servicesTreeForTests();
const describeWithBoth = whyNoImage() === undefined ? describeWithTree : describe.skip;

/** One that is here anyway; `./run drivers` tries all. */
describeWithBoth("a driver at the database endpoints", () => {
  let site: DatabaseSite;

  beforeAll(async () => (site = await DatabaseSite.start(tree)));
  afterAll(() => site?.[Symbol.asyncDispose]());

  test("postgres.js does all that it can, and goes on after a failover and the loss of a replica", async () => {
    const driver = findDriver("postgres.js");
    const directory = await provideDriver(driver);
    const call: Call = (argument, run) => site.onMachine([...driver.command, argument], directory, run);
    const trial = await tryDriver(site, driver.name, call);
    const problems = problemsOf(trial);
    if (problems.length > 0) process.stderr.write(`${site.endpoints.log()}\n`);
    expect(problems).toEqual([]);
    expect(trial.checks.map(({ check }) => check)).toEqual(checks);
    for (const { attempts } of [trial.primaryLost, trial.replicaLost]) expect(attempts).toBeGreaterThan(0);
  });
});
