/**
 * Makes the faults of the catalogue on a cloud and measures what visitors notice: `npm run bench:failover`.
 *
 * usage: failover.ts [--runs N] [--fault NAME]... [--assign-seconds N]... [--running] [--json] [--write-docs]
 *        --assign-seconds  how long the platform takes to move the address, default 2; several: a sweep
 *        --running         on the cloud that runs already, instead of one of its own
 *        --write-docs      puts the table into docs/failover.md
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "../cli/local-cloud";
import { renderTable } from "../cli/table";
import { tsxCommand } from "../cli/tsx";
import { StateDirectory } from "../directories";
import { faults, findFault } from "../faults/catalogue";
import type { Fault } from "../faults/fault";
import { problemsOf, type Outcome } from "../faults/outcome";
import { runTrial } from "../faults/trial";
import { Visitors } from "../faults/visitors";
import { OuterCloud } from "../outer-cloud/outer-cloud";
import { replaceGenerated, summarize, type Summary } from "./failover-summary";

const PROJECT = path.join(__dirname, "../..");
const DOCUMENT = path.join(PROJECT, "docs/failover.md");
/** What the budgets are for. */
const ASSIGN_SECONDS = "2";

interface Run extends Outcome {
  readonly assignSeconds: number;
  /** Load average of this machine when the run began. */
  readonly load: number;
  readonly problems: readonly string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "3" },
      fault: { type: "string", multiple: true },
      "assign-seconds": { type: "string", multiple: true, default: [ASSIGN_SECONDS] },
      running: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const chosen = values.fault?.map(findFault) ?? faults;
  const measure = (cloud: LocalCloud) =>
    measureAll(cloud, chosen, Number(values.runs), values["assign-seconds"].map(Number));
  const runs = values.running ? await measure(await LocalCloud.find()) : await onCloudOfItsOwn(measure);
  const summaries = chosen.flatMap((fault) =>
    values["assign-seconds"].map((seconds) =>
      summarize(
        fault,
        Number(seconds),
        runs.filter((run) => run.fault === fault.name && run.assignSeconds === Number(seconds)),
      ),
    ),
  );
  const table = renderSummaries(summaries);
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine: describeMachine(runs), summaries, runs })}\n` : `${table}\n`,
  );
  if (values["write-docs"]) {
    const text = `${describeMachine(runs)}\n\n${renderMarkdown(summaries)}`;
    writeFileSync(DOCUMENT, replaceGenerated(readFileSync(DOCUMENT, "utf8"), text));
  }
  return runs.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

async function measureAll(
  cloud: LocalCloud,
  chosen: readonly Fault[],
  count: number,
  assignTimes: readonly number[],
): Promise<Run[]> {
  const runs: Run[] = [];
  await using visitors = await Visitors.start(cloud);
  for (const assignSeconds of assignTimes) {
    await cloud.control.setAssignTime(assignSeconds);
    for (let i = 0; i < count; i++) {
      for (const fault of chosen) {
        const load = loadavg()[0]!;
        const outcome = await runTrial(cloud, visitors, fault);
        // Budgets are for the assign time that they name; for another one they move with it.
        const late = Math.max(0, assignSeconds - Number(ASSIGN_SECONDS));
        const problems = problemsOf(outcome, lengthen(fault, late));
        runs.push({ ...outcome, assignSeconds, load, problems });
        process.stderr.write(`${describeRun(runs.at(-1)!)}\n`);
      }
    }
  }
  await cloud.control.setAssignTime(Number(ASSIGN_SECONDS));
  return runs;
}

function lengthen(fault: Fault, seconds: number): Fault {
  const { outageSeconds } = fault.expect;
  return outageSeconds === 0
    ? fault
    : { ...fault, expect: { ...fault.expect, outageSeconds: outageSeconds + seconds } };
}

async function onCloudOfItsOwn<T>(measure: (cloud: LocalCloud) => Promise<T>): Promise<T> {
  const root = path.join("/var/tmp", `local-cloud-failover-${process.pid}`);
  const cli = tsxCommand(path.join(PROJECT, "local-cloud/cli/main.ts"));
  const env = { ...process.env, LOCAL_CLOUD_STATE: root };
  try {
    const up = spawnSync(cli[0]!, [...cli.slice(1), "up", "--port", "18444"], { cwd: PROJECT, env, encoding: "utf8" });
    if (up.status !== 0) throw new Error(`local cloud: does not start:\n${up.stdout}${up.stderr}`);
    const cloud = await LocalCloud.tryFind(new StateDirectory(root));
    if (cloud === undefined) throw new Error("local cloud: ended");
    return await measure(cloud);
  } finally {
    await OuterCloud.destroy(root);
  }
}

function describeRun(run: Run): string {
  const detected = run.detectionSeconds === undefined ? "-" : run.detectionSeconds.toFixed(2);
  const figures = `detected ${detected} s, outage ${run.outageSeconds.toFixed(2)} s, failed ${run.failedRequests}/${run.requests}, moves ${run.moves}, load ${run.load.toFixed(1)}`;
  return [`${run.fault}: ${figures}`, ...run.problems.map((problem) => `  ${problem}`)].join("\n");
}

function describeMachine(runs: readonly Run[]): string {
  const loads = runs.map(({ load }) => load);
  const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  return `Measured on ${cpus().length} cores (${cpus()[0]?.model.trim()}), load average ${range}.`;
}

const HEADING = ["FAULT", "RUNS", "DETECTED p50", "p95", "OUTAGE p50", "p95", "FAILED p50", "worst", "MOVES", "MET"];

function renderSummaries(summaries: readonly Summary[]): string {
  return renderTable(HEADING, summaries.map(cells));
}

function renderMarkdown(summaries: readonly Summary[]): string {
  const row = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  return [
    row(HEADING.map((text) => text.toLowerCase())),
    row(HEADING.map(() => "---")),
    ...summaries.map((one) => row(cells(one))),
  ].join("\n");
}

function cells(summary: Summary): string[] {
  const seconds = (value: number | undefined) => (value === undefined ? "" : `${value.toFixed(2)} s`);
  const assign = summary.assignSeconds === Number(ASSIGN_SECONDS) ? "" : ` (assign ${summary.assignSeconds} s)`;
  return [
    summary.fault + assign,
    String(summary.runs),
    seconds(summary.detection?.p50),
    seconds(summary.detection?.p95),
    seconds(summary.outage.p50),
    seconds(summary.outage.p95),
    String(summary.failed.p50),
    String(summary.failed.worst),
    summary.moves.join(", "),
    summary.met === summary.runs ? "yes" : `${summary.met} of ${summary.runs}`,
  ];
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
