/**
 * Tries database drivers at the database endpoints of a node, while servers are lost: `./run drivers`, as root.
 *
 * usage: main.ts [NAME...] [--json] [--write-docs]
 *        main.ts --results FILE... [--write-docs]
 *        NAME          names of test/drivers/drivers.ts, default all
 *        --json        a line for each driver
 *        --results     tries nothing, and reports what runs with --json have printed into these files
 *        --write-docs  puts the table of all drivers into docs/data.md
 */
import { readFileSync, writeFileSync } from "node:fs";
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
    options: {
      json: { type: "boolean", default: false },
      results: { type: "string", multiple: true },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const chosen = positionals.length > 0 ? positionals.map(findDriver) : drivers;
  const trials = values.results?.flatMap(readTrials) ?? (await tryAll(chosen, values.json));
  if (!values.json) process.stdout.write(`${renderText(trials)}\n`);
  if (values["write-docs"]) writeTable(trials);
  return trials.length < chosen.length || trials.flatMap(problemsOf).length > 0 ? 1 : 0;
}

function readTrials(file: string): Trial[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Trial);
}

/** A trial that could not be made is reported and left out. */
async function tryAll(chosen: readonly Driver[], json: boolean): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const driver of chosen) {
    try {
      trials.push(await tryOnSiteOfItsOwn(driver, await provideDriver(driver)));
      if (json) process.stdout.write(`${JSON.stringify(trials.at(-1))}\n`);
    } catch (error) {
      process.stderr.write(`drivers: ${driver.name} was not tried: ${String(error)}\n`);
    }
  }
  return trials;
}

function writeTable(trials: readonly Trial[]): void {
  const missing = drivers.filter(({ name }) => !trials.some(({ driver }) => driver === name));
  const names = missing.map(({ name }) => name).join(", ");
  if (missing.length > 0) throw new UserError(`--write-docs: needs a trial of every driver, none of ${names}`);
  const ordered = drivers.map(({ name }) => trials.findLast(({ driver }) => driver === name)!);
  writeFileSync(DOCUMENT, DRIVERS.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(ordered)));
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
