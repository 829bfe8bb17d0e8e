/**
 * Tries database drivers at the database endpoints of a node, while servers are lost: `./run drivers`, as root.
 *
 * usage: main.ts [NAME...] [--json] [--write-docs]
 *        NAME          names of test/drivers/drivers.ts, default all
 *        --json        a line for each driver
 *        --write-docs  puts the table of all drivers into docs/data.md
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { provideImages } from "../../local-cloud/images/images";
import { ServicesTree } from "../../local-cloud/services/services-tree";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runMain, UserError } from "../../programs/user-error";
import { DatabaseSite } from "./database-site";
import { drivers, findDriver, type Driver } from "./drivers";
import { provideDriver } from "./installation";
import { DRIVERS, problemsOf, renderMarkdown, renderText } from "./report";
import { tryDriver, type Trial } from "./trial";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/data.md");

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, "write-docs": { type: "boolean", default: false } },
  });
  const chosen = positionals.length > 0 ? positionals.map(findDriver) : drivers;
  if (values["write-docs"] && positionals.length > 0)
    throw new UserError(`--write-docs: writes the table of all drivers, so no names can be given, got ${positionals}`);
  const trials: Trial[] = [];
  const loads: number[] = [];
  for (const driver of chosen) {
    const directory = await provideDriver(driver);
    loads.push(loadavg()[0]!);
    trials.push(await tryOnSiteOfItsOwn(driver, directory));
    if (values.json) process.stdout.write(`${JSON.stringify(trials.at(-1))}\n`);
  }
  if (!values.json) process.stdout.write(`${renderText(trials)}\n`);
  if (values["write-docs"])
    writeFileSync(DOCUMENT, DRIVERS.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(trials, loads)));
  return trials.flatMap(problemsOf).length > 0 ? 1 : 0;
}

async function tryOnSiteOfItsOwn(driver: Driver, directory: string): Promise<Trial> {
  process.stderr.write(`drivers: trying ${driver.name}\n`);
  const { services } = await provideImages({ cacheDirectory: cacheDirectory() });
  await using site = await DatabaseSite.start(new ServicesTree(services));
  const { name, command } = driver;
  const trial = await tryDriver(site, name, (argument, run) => site.onMachine([...command, argument], directory, run));
  if (problemsOf(trial).length > 0) process.stderr.write(`${site.endpoints.log()}\n`);
  return trial;
}

runMain(main);
