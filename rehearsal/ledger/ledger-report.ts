import { GeneratedText } from "../bench/generated-text";
import { describeMachine } from "../bench/machine";
import { spread } from "../bench/failover-summary";
import { renderMarkdownTable, renderTable } from "../../programs/table";
import { describeViolation } from "./check-history";
import { databaseFaults } from "../faults/database-catalogue";
import type { LedgerRun } from "./ledger-run";

/** Under what a run was made, besides its fault. */
export interface Circumstances {
  readonly path: "direct" | "edge";
  readonly replication: "off" | "quorum";
  readonly sendingLagSeconds: number;
  readonly failoverSeconds: number;
  /** Load average of this machine when the run began. */
  readonly load: number;
}

export type ReportedRun = LedgerRun & Circumstances;

/** Where the figures stand in docs/data.md. */
export const FIGURES = new GeneratedText("ledger", "npm run ledger -- --write-docs");

/** So many violations of a run are named; the history file has what is needed to find the others. */
const NAMED = 10;

/** A line for a run, and one for each of its first violations. */
export function describeRun(run: ReportedRun): string {
  const { writes, acknowledged, refused, unknown, violations, outageSeconds } = run;
  const named = violations.slice(0, NAMED).map((violation) => `  ${describeViolation(violation)}`);
  const more = violations.length > NAMED ? [`  … and ${violations.length - NAMED} more`] : [];
  return [
    `${run.fault}: ${writes} entries, ${acknowledged} acknowledged, ${refused} refused, unknown ` +
      `${unknown.there} there and ${unknown.absent} not, ${lostOf(run).length} lost, ` +
      `${violations.length - lostOf(run).length} other violations, outage ${outageSeconds.toFixed(2)} s`,
    ...named,
    ...more,
  ].join("\n");
}

const HEADING = [
  ...["FAULT", "WAY", "QUORUM", "LAG", "FAILOVER", "RUNS", "ENTRIES", "ACKNOWLEDGED", "UNKNOWN", "LOST"],
  ...["OLDEST LOST", "OTHER VIOLATIONS", "OUTAGE p50", "p95"],
];

/** A table for the terminal. */
export function renderText(runs: readonly ReportedRun[]): string {
  return renderTable(HEADING, rowsOf(runs));
}

/** What is measured, on what, and the table, for a document. */
export function renderMarkdown(runs: readonly ReportedRun[]): string {
  const machine = describeMachine(runs.map(({ load }) => load));
  const heading = HEADING.map((text) => text.toLowerCase());
  return `${machine}\n\n${renderMarkdownTable(heading, rowsOf(runs))}`;
}

/** A row for each fault and circumstances that there are runs of, in the order of the catalogue. */
function rowsOf(runs: readonly ReportedRun[]): string[][] {
  const order = (run: ReportedRun) => databaseFaults.findIndex(({ name }) => name === run.fault);
  const groups = new Map<string, ReportedRun[]>();
  for (const run of [...runs].sort((one, other) => order(one) - order(other))) {
    const key = [run.fault, run.path, run.replication, run.sendingLagSeconds, run.failoverSeconds].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map(row);
}

function row(runs: readonly ReportedRun[]): string[] {
  const sum = (count: (run: ReportedRun) => number) => String(runs.reduce((total, run) => total + count(run), 0));
  const outage = spread(runs.map(({ outageSeconds }) => outageSeconds));
  const ages = runs.flatMap((run) => lostOf(run).map(({ secondsBeforeFailure }) => secondsBeforeFailure ?? 0));
  const { fault, path, replication, sendingLagSeconds, failoverSeconds } = runs[0]!;
  return [
    fault,
    path,
    replication === "quorum" ? "yes" : "no",
    sendingLagSeconds === 0 ? "" : `${sendingLagSeconds} s`,
    `${failoverSeconds} s`,
    String(runs.length),
    sum(({ writes }) => writes),
    sum(({ acknowledged }) => acknowledged),
    sum(({ unknown }) => unknown.there + unknown.absent),
    sum((run) => lostOf(run).length),
    ages.length === 0 ? "" : `${Math.max(...ages).toFixed(1)} s`,
    sum((run) => run.violations.length - lostOf(run).length),
    `${outage.p50.toFixed(1)} s`,
    `${outage.p95.toFixed(1)} s`,
  ];
}

function lostOf({ violations }: Pick<LedgerRun, "violations">) {
  return violations.filter(({ kind }) => kind === "lost");
}
