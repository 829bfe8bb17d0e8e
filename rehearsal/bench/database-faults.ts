/**
 * Makes the database faults of the catalogue on a cloud, once each, and says what visitors of the demo notice.
 *
 * usage: database-faults.ts [--fault NAME]... [--running] [--port N]
 *        --running   on the cloud that runs already, instead of one of its own
 *        --port      loopback port of the cloud of its own, default 18444
 * Ends with status 1 when something was not as the catalogue expects it.
 */
import { parseArgs } from "node:util";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { renderTable } from "../../programs/table";
import { runMain } from "../../programs/user-error";
import { databaseFaults, findDatabaseFault } from "../faults/database-catalogue";
import {
  DATABASE_REQUESTS,
  problemsOfDatabase,
  runDatabaseTrial,
  type Silence,
  VISIT_LIMIT_MS,
} from "../faults/database-trial";
import type { DatabaseFault } from "../faults/fault";
import { Visitors } from "../visitors/visitors";
import { onCloudOfItsOwn } from "./cloud-of-its-own";

/** Few enough that the database itself is not what is slow. */
const VISITS_PER_SECOND = 20;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fault: { type: "string", multiple: true },
      running: { type: "boolean", default: false },
      port: { type: "string", default: "18444" },
    },
  });
  const chosen = values.fault?.map(findDatabaseFault) ?? databaseFaults;
  const measure = (cloud: LocalCloud) => measureAll(cloud, chosen);
  const rows = values.running
    ? await measure(await LocalCloud.find())
    : await onCloudOfItsOwn(Number(values.port), measure);
  process.stdout.write(`${renderTable(["FAULT", "LASTED", "READS", "WRITES", ""], rows)}\n`);
  return rows.some((row) => row.at(-1) !== "") ? 1 : 0;
}

async function measureAll(cloud: LocalCloud, chosen: readonly DatabaseFault[]): Promise<string[][]> {
  const rows: string[][] = [];
  await using visitors = await Visitors.start(cloud, {
    perSecond: VISITS_PER_SECOND,
    limitMs: VISIT_LIMIT_MS,
    requests: DATABASE_REQUESTS,
  });
  for (const fault of chosen) {
    const outcome = await runDatabaseTrial(cloud, visitors, fault);
    const problems = problemsOfDatabase(outcome, fault).join("; ");
    rows.push([
      fault.name,
      `${outcome.lastedSeconds.toFixed(0)} s`,
      show(outcome.reads),
      show(outcome.writes),
      problems,
    ]);
    const failures = [...outcome.reads.failures, ...outcome.writes.failures].map((failure) => `  ${failure}\n`);
    process.stderr.write(`${rows.at(-1)!.join("  ")}\n${failures.join("")}`);
  }
  return rows;
}

function show({ requests, failed, outageSeconds }: Silence): string {
  return `${failed} of ${requests} failed, ${outageSeconds.toFixed(1)} s`;
}

runMain(main);
