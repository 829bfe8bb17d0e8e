/**
 * Makes the faults of the catalogue on a cloud and measures what visitors notice: `npm run bench:failover`.
 *
 * usage: failover.ts [--runs N] [--fault NAME]... [--assign-seconds N]... [--running] [--port N] [--json] [--write-docs]
 *        failover.ts --results FILE... [--json] [--write-docs]
 *        --assign-seconds  how long the platform takes to move the address, default 2; several: a sweep
 *        --running         on the cloud that runs already, instead of one of its own
 *        --port            loopback port of the cloud of its own, default 18444
 *        --json            a line for each run as it ends, and one for the summaries
 *        --results         measures nothing, and reports what runs with --json have printed into these files
 *        --write-docs      puts the tables into docs/failover.md
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runMain } from "../../programs/user-error";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { faults, findFault } from "../faults/catalogue";
import type { Fault } from "../faults/fault";
import { problemsOf } from "../faults/outcome";
import { runTrial } from "../faults/trial";
import { Visitors } from "../visitors/visitors";
import { onCloudOfItsOwn } from "./cloud-of-its-own";
import { BUDGET_ASSIGN_SECONDS, describeRun, FIGURES, renderMarkdown, renderText } from "./failover-report";
import { type Run, summarizeAll } from "./failover-summary";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/failover.md");
/** After this many trials in a row that could not be made, the measurement is given up. */
const FAILURES_IN_A_ROW_LIMIT = 3;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "3" },
      fault: { type: "string", multiple: true },
      "assign-seconds": { type: "string", multiple: true, default: [String(BUDGET_ASSIGN_SECONDS)] },
      running: { type: "boolean", default: false },
      port: { type: "string", default: "18444" },
      json: { type: "boolean", default: false },
      results: { type: "string", multiple: true },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const plan: Plan = {
    chosen: values.fault?.map(findFault) ?? faults,
    count: Number(values.runs),
    assignTimes: values["assign-seconds"].map(Number),
    ended: (run) => {
      process.stderr.write(`${describeRun(run)}\n`);
      if (values.json) process.stdout.write(`${JSON.stringify(run)}\n`);
    },
  };
  const measure = (cloud: LocalCloud) => measureAll(cloud, plan);
  const onACloud = async () =>
    values.running ? measure(await LocalCloud.find()) : onCloudOfItsOwn(Number(values.port), measure);
  const runs = values.results?.flatMap(readRuns) ?? (await onACloud());
  const summaries = summarizeAll(runs);
  process.stdout.write(values.json ? `${JSON.stringify({ summaries })}\n` : `${renderText(summaries)}\n`);
  if (values["write-docs"])
    writeFileSync(DOCUMENT, FIGURES.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(runs, summaries)));
  return runs.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

function readRuns(file: string): Run[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const values = lines.map((line) => JSON.parse(line) as Run | { summaries: unknown });
  return values.filter((value) => "fault" in value).map(judge);
}

interface Plan {
  readonly chosen: readonly Fault[];
  readonly count: number;
  readonly assignTimes: readonly number[];
  readonly ended: (run: Run) => void;
}

/** A trial that could not be made is reported and left out. Rejects after several of them in a row. */
async function measureAll(cloud: LocalCloud, { chosen, count, assignTimes, ended }: Plan): Promise<Run[]> {
  const runs: Run[] = [];
  let failuresInARow = 0;
  await using visitors = await Visitors.start(cloud);
  for (const assignSeconds of assignTimes) {
    await cloud.control.setAssignTime(assignSeconds);
    for (const fault of Array.from({ length: count }, () => chosen).flat()) {
      const load = loadavg()[0]!;
      try {
        const outcome = await runTrial(cloud, visitors, fault);
        runs.push(judge({ ...outcome, assignSeconds, load }));
        ended(runs.at(-1)!);
        failuresInARow = 0;
      } catch (error) {
        process.stderr.write(`${fault.name}: not measured: ${String(error)}\n`);
        if (++failuresInARow === FAILURES_IN_A_ROW_LIMIT) throw error;
      }
    }
  }
  await cloud.control.setAssignTime(BUDGET_ASSIGN_SECONDS);
  return runs;
}

/** Judges by the catalogue as it is now, also a run from a file. A longer assign time allows a longer outage. */
function judge(run: Omit<Run, "problems">): Run {
  const { expect, ...fault } = findFault(run.fault);
  const late = expect.outageSeconds === 0 ? 0 : Math.max(0, run.assignSeconds - BUDGET_ASSIGN_SECONDS);
  const bounds = { ...fault, expect: { ...expect, outageSeconds: expect.outageSeconds + late } };
  return { ...run, problems: problemsOf(run, bounds) };
}

runMain(main);
