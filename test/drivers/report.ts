import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { describeMachine } from "../../rehearsal/bench/machine";
import { renderMarkdownTable, renderTable } from "../../programs/table";
import { checks, drivers } from "./drivers";
import type { Loss, Trial } from "./trial";

/** Where the drivers' table stands in docs/data.md. */
export const DRIVERS = new GeneratedText("drivers", "./run drivers --write-docs");

const HEADING = [
  "DRIVER",
  ...checks.map((check) => check.toUpperCase()),
  "PRIMARY LOST: failed",
  "longest wait",
  "stuck",
  "missing",
  "twice",
  "REPLICA LOST: failed",
  "longest wait",
  "stuck",
];

/** What did not go as it has to, a line each. */
export function problemsOf({ driver, checks, primaryLost, replicaLost }: Trial): string[] {
  const failed = checks.flatMap(({ check, error }) => (error === undefined ? [] : [`${check}: ${error}`]));
  const lost = Object.entries({ "primary lost": primaryLost, "replica lost": replicaLost }).flatMap(([what, loss]) => [
    ...(loss.stuck > 0 ? [`${what}: ${loss.stuck} workers did not succeed again`] : []),
    ...(loss.ended === undefined ? [] : [`${what}: the program ended with ${loss.ended}`]),
  ]);
  return [...failed, ...lost].map((problem) => `${driver}: ${problem}`);
}

/** For the terminal: the table, what went wrong, and what applications saw. */
export function renderText(trials: readonly Trial[]): string {
  const seen = trials.flatMap(({ driver, primaryLost, replicaLost }) => [
    ...primaryLost.errors.map((error) => `${driver}, primary lost: ${error}`),
    ...replicaLost.errors.map((error) => `${driver}, replica lost: ${error}`),
  ]);
  const problems = trials.flatMap(problemsOf);
  const parts = [renderTable(HEADING, trials.map(cells)), "errors that the programs saw:", ...seen, "problems:"];
  return [...parts, ...(problems.length > 0 ? problems : ["none"])].join("\n");
}

/** For the document: the table, and what is to be known of each driver. */
export function renderMarkdown(trials: readonly Trial[]): string {
  const replaced = trials.map(({ primaryLost }) => primaryLost.replacedSeconds!.toFixed(1)).sort();
  const notes = trials.map(({ driver }) => `- **${driver}**: ${drivers.find(({ name }) => name === driver)!.note}`);
  return [
    describeMachine(trials.map(({ load }) => load)),
    `The cluster replaced its primary ${replaced[0]} to ${replaced.at(-1)} s after the loss, with its delay set to 1 s.`,
    `\n${renderMarkdownTable(
      HEADING.map((text) => text.toLowerCase()),
      trials.map(cells),
    )}\n`,
    ...notes,
  ].join("\n");
}

function cells(trial: Trial): string[] {
  const outcomes = checks.map((name) => {
    const found = trial.checks.find(({ check }) => check === name);
    return found === undefined ? "–" : found.error === undefined ? "yes" : "no";
  });
  const version = trial.checks.find(({ check }) => check === "connect")?.answer ?? trial.driver;
  const { primaryLost, replicaLost } = trial;
  return [
    version,
    ...outcomes,
    ...lossCells(primaryLost),
    `${primaryLost.missing}`,
    `${primaryLost.twice}`,
    ...lossCells(replicaLost),
  ];
}

function lossCells({ failed, attempts, longestSeconds, stuck }: Loss): string[] {
  return [`${failed} of ${attempts}`, `${longestSeconds.toFixed(1)} s`, String(stuck)];
}
