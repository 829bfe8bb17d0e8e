import { renderMarkdownTable, renderTable } from "../../programs/table";
import type { Run, Summary } from "./failover-summary";
import { GeneratedText } from "./generated-text";
import { describeMachine } from "./machine";

/** Where the figures stand in docs/failover.md. */
export const FIGURES = new GeneratedText("figures", "npm run bench:failover -- --write-docs");

/** How long the platform takes to move the address in the runs that the budgets are for. */
export const BUDGET_ASSIGN_SECONDS = 2;

/** A line for a run, and one for each of its problems. */
export function describeRun(run: Run): string {
  const detected = run.detectionSeconds === undefined ? "-" : run.detectionSeconds.toFixed(2);
  const figures = `detected ${detected} s, outage ${run.outageSeconds.toFixed(2)} s, failed ${run.failedRequests}/${run.requests}, moves ${run.moves}, load ${run.load.toFixed(1)}`;
  return [`${run.fault}: ${figures}`, ...run.problems.map((problem) => `  ${problem}`)].join("\n");
}

const HEADING = ["FAULT", "RUNS", "DETECTED p50", "p95", "OUTAGE p50", "p95", "FAILED p50", "worst", "MOVES", "MET"];

/** A table for the terminal. */
export function renderText(summaries: readonly Summary[]): string {
  return renderTable(HEADING, summaries.map(cells));
}

/** What is measured, on what, and the table, for a document. */
export function renderMarkdown(runs: readonly Run[], summaries: readonly Summary[]): string {
  const heading = HEADING.map((text) => text.toLowerCase());
  const machine = describeMachine(runs.map(({ load }) => load));
  return `${machine}\n\n${renderMarkdownTable(heading, summaries.map(cells))}`;
}

function cells(summary: Summary): string[] {
  const seconds = (value: number | undefined) => (value === undefined ? "" : `${value.toFixed(2)} s`);
  const assign = summary.assignSeconds === BUDGET_ASSIGN_SECONDS ? "" : ` (assign ${summary.assignSeconds} s)`;
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
