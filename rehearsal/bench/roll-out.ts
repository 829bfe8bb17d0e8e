/**
 * Rolls changes out on a cloud under 100 requests a second and counts those that fail: `npm run bench:roll-out`.
 *
 * usage: roll-out.ts [--change TEXT]... [--runs N] [--running] [--verbose] [--write-docs]
 *        --change      only changes whose name contains this; the others are left out
 *        --runs        each change that many times in a row, default 1; one that sets what is set already does nothing
 *        --running     on the cloud that runs already, as main.ts has made it, instead of one of its own
 *        --verbose     prints what cdktf prints
 *        --write-docs  puts the table into docs/changing-things.md
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runMain } from "../../programs/user-error";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { renderMarkdownTable } from "../../programs/table";
import { Visitors } from "../visitors/visitors";
import { type Change, changes } from "../roll-out/changes";
import type { SiteChanges } from "../roll-out/deployment";
import { rollOut, type RollOut } from "../roll-out/roll-out";
import { describeFailures, MIXED_REQUESTS, summarizeVisits, type VisitsSummary } from "../visitors/visits";
import { onCloudOfItsOwn } from "./cloud-of-its-own";
import { GeneratedText } from "./generated-text";
import { describeMachine } from "./machine";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/changing-things.md");
/** Before the first change. */
const QUIET_SECONDS = 60;
const TABLE = new GeneratedText("roll-outs", "npm run bench:roll-out -- --write-docs");

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      change: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      running: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const chosen = changes
    .filter(({ name }) => values.change?.some((text) => name.includes(text)) ?? true)
    .flatMap((change) => Array.from({ length: Number(values.runs) }, () => change));
  // Before half an hour of measuring, not after it.
  if (values["write-docs"]) TABLE.replaceIn(readFileSync(DOCUMENT, "utf8"), "");
  const loads = [loadavg()[0]!];
  const measure = async (cloud: LocalCloud) => {
    await using visitors = await Visitors.start(cloud, { requests: MIXED_REQUESTS, limitMs: 30_000 });
    const quiet = await measureQuiet(visitors);
    const all = await measureAll(cloud, visitors, chosen, values.verbose, () => loads.push(loadavg()[0]!));
    if (values["write-docs"])
      writeFileSync(DOCUMENT, TABLE.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(quiet, all, loads)));
    return all;
  };
  const all = values.running ? await measure(await LocalCloud.find()) : await onCloudOfItsOwn(18445, measure);
  process.stdout.write(`${renderTotal(all)}\n`);
  return all.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** What the same visitors see while nothing changes. */
async function measureQuiet(visitors: Visitors): Promise<VisitsSummary> {
  const began = Date.now();
  await sleep(QUIET_SECONDS * 1000);
  const quiet = summarizeVisits(visitors.between(began, Date.now()));
  process.stdout.write(`nothing: ${describeVisits(quiet)}\n`);
  return quiet;
}

async function measureAll(
  cloud: LocalCloud,
  visitors: Visitors,
  chosen: readonly Change[],
  verbose: boolean,
  onOutcome: () => void,
): Promise<RollOut[]> {
  const all: RollOut[] = [];
  let site: SiteChanges = {};
  for (const change of chosen) {
    const outcome = await rollOut(cloud, visitors, site, change);
    all.push(outcome);
    process.stdout.write(`${describe(outcome)}\n`);
    if (verbose) process.stdout.write(outcome.output);
    onOutcome();
    site = { ...site, ...change.set };
  }
  return all;
}

function describe({ change, seconds, visits, moves, droplets, problems }: RollOut): string {
  return [
    `${change}: ${describeVisits(visits)}, ` +
      `deployed in ${seconds.toFixed(0)} s, ${droplets.length} droplets, ${moves} moves of the address`,
    ...problems.map((problem) => `  ${problem}`),
    ...describeFailures(visits).map((line) => `  ${line}`),
  ].join("\n");
}

function describeVisits({ failed, lost, requests, writes, p99, p999, slowest }: VisitsSummary): string {
  const withNode = lost.length > 0 ? `, ${lost.length} lost with a node` : "";
  const times = `p99 ${p99} ms, p99.9 ${p999} ms, slowest ${slowest} ms`;
  return `failed ${failed.length} of ${requests} (${writes} writes)${withNode}, ${times}`;
}

function renderTotal(all: readonly RollOut[]): string {
  const sum = (count: (one: RollOut) => number) => all.reduce((total, one) => total + count(one), 0);
  const lost = sum(({ visits }) => visits.lost.length);
  return (
    `${sum(({ visits }) => visits.failed.length)} of ${sum(({ visits }) => visits.requests)} requests failed` +
    (lost > 0 ? `, and ${lost} were lost with nodes that lost power` : "")
  );
}

function renderMarkdown(quiet: VisitsSummary, all: readonly RollOut[], loads: readonly number[]): string {
  const heading = ["change", "requests", "failed", "p99.9", "slowest answer", "deployed in", "moves of the address"];
  const cells = ({ requests, failed, lost, p999, slowest }: VisitsSummary) => [
    String(requests),
    lost.length > 0 ? `${failed.length} (+ ${lost.length} lost)` : String(failed.length),
    `${p999} ms`,
    `${(slowest / 1000).toFixed(1)} s`,
  ];
  const rows = [
    ["none", ...cells(quiet), "", ""],
    ...all.map(({ change, visits, seconds, moves }) => [
      change,
      ...cells(visits),
      `${seconds.toFixed(0)} s`,
      String(moves),
    ]),
  ];
  return `${describeMachine(loads)} ${renderTotal(all)}.\n\n${renderMarkdownTable(heading, rows)}`;
}

runMain(main);
