import { renderMarkdownTable, renderTable } from "../../programs/table";
import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { describeMachine } from "../../rehearsal/bench/machine";
import { median } from "../drivers/bench-report";
import type { Load } from "./load";
import { costly, type Work } from "./works";

/** Where the figures stand in docs/performance.md. */
export const FIGURES = new GeneratedText("request path", "npm run bench:path -- --write-docs");

interface Case {
  readonly work: string;
  readonly way: string;
  readonly candidate: string;
}

export interface Saturation extends Case, Load {
  /** Of the processor, for a thousand requests, by `sandbox program`. */
  readonly millisecondsPerThousand: Readonly<Record<string, number>>;
}

export interface ConstantRate extends Case, Load {
  /** Requests a second. */
  readonly rate: number;
}

export interface Measurement {
  /** Each time. */
  readonly seconds: number;
  readonly saturation: Saturation[];
  readonly constant: ConstantRate[];
  readonly loads: number[];
}

type Table = (heading: readonly string[], rows: ReadonlyArray<readonly string[]>) => string;

/** For the terminal. */
export function renderText(measurement: Measurement): string {
  return render(measurement, renderTable);
}

/** For the document. */
export function renderMarkdown(measurement: Measurement): string {
  return render(measurement, renderMarkdownTable);
}

function render(measurement: Measurement, table: Table): string {
  const { saturation, constant, loads, seconds } = measurement;
  const rounds = Math.max(...[...groups(saturation).values()].map((runs) => runs.length));
  return [
    `${describeMachine(loads)} ${rounds} rounds of ${seconds} s, in turn; medians, with the lowest and the highest.`,
    "",
    "As many requests as are answered, 100 at a time, with all but the load generator on one core:",
    "",
    table(
      ["work", "way", "candidate", "requests/s", "ours is", "ms of the processor for 1,000", "failed"],
      saturationRows(saturation),
    ),
    "",
    ...caching(saturation),
    "At half of what the slowest one answers:",
    "",
    table(["work", "way", "candidate", "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "failed"], constantRows(constant)),
  ].join("\n");
}

/** How much more of a page our cache answers than the application. */
function caching(all: readonly Saturation[]): string[] {
  const rates = ({ name }: Work) =>
    all
      .filter(({ work, candidate }) => work === name && candidate === "ours")
      .map(({ requestsPerSecond }) => requestsPerSecond);
  const [fresh, kept] = [rates(costly.fresh), rates(costly.kept)];
  if (fresh.length === 0 || kept.length === 0) return [];
  const ratios = kept.map((rate, round) => rate / fresh[round]!);
  return [`Ours answers a page that takes 5 ms ${spread(ratios, 0)} times as often when it may be kept.`, ""];
}

function saturationRows(all: readonly Saturation[]): string[][] {
  return [...groups(all)].map(([, runs]) => {
    const { work, way, candidate } = runs[0]!;
    const ours = all.filter((one) => one.work === work && one.way === way && one.candidate === "ours");
    // Of each round by itself: what disturbs this machine disturbs both sides of it.
    const ratios = runs.map(({ requestsPerSecond }, round) => ours[round]!.requestsPerSecond / requestsPerSecond);
    return [
      ...[
        work,
        way,
        candidate,
        spread(
          runs.map(({ requestsPerSecond }) => requestsPerSecond),
          0,
        ),
      ],
      candidate === "ours" ? "" : `${spread(ratios, 2)} times as fast`,
      ...[processes(runs), failed(runs)],
    ];
  });
}

function constantRows(all: readonly ConstantRate[]): string[][] {
  return [...groups(all).values()].map((runs) => {
    const { work, way, candidate, rate } = runs[0]!;
    const times = (["p50", "p99", "p999"] as const).map((name) =>
      spread(
        runs.map((run) => run[name]),
        2,
      ),
    );
    return [work, way, candidate, `${rate}`, ...times, failed(runs)];
  });
}

/** Runs of the same case, in the order of their rounds. */
function groups<Run extends Case>(runs: readonly Run[]): Map<string, Run[]> {
  const found = new Map<string, Run[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.work, run.way, run.candidate]);
    found.set(key, [...(found.get(key) ?? []), run]);
  }
  return found;
}

/** Those that took a twentieth of all at least. */
function processes(runs: readonly Saturation[]): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.millisecondsPerThousand)))];
  const medians = names.map(
    (name) => [name, median(runs.map((run) => run.millisecondsPerThousand[name] ?? 0))] as const,
  );
  const all = medians.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  const main = medians.filter(([, milliseconds]) => milliseconds >= all / 20);
  return `${all.toFixed(0)}: ${main.map(([name, milliseconds]) => `${name} ${milliseconds.toFixed(0)}`).join(", ")}`;
}

function failed(runs: readonly Load[]): string {
  return `${runs.reduce((sum, run) => sum + run.failed, 0)}`;
}

function spread(values: readonly number[], digits: number): string {
  const [middle, low, high] = [median(values), Math.min(...values), Math.max(...values)].map((one) =>
    one.toFixed(digits),
  );
  return values.length === 1 ? middle! : `${middle} (${low} to ${high})`;
}
