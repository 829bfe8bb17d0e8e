import type { Fault } from "../faults/fault";
import type { Outcome } from "../faults/outcome";

/** Several runs of one fault; times in seconds. */
export interface Summary {
  readonly fault: string;
  readonly assignSeconds: number;
  readonly runs: number;
  /** Undefined when no other load balancer became MASTER in any run. */
  readonly detection: Spread | undefined;
  readonly outage: Spread;
  readonly failed: Spread;
  /** Different numbers of moves that were seen, in order. */
  readonly moves: readonly number[];
  /** Runs without a problem. */
  readonly met: number;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly worst: number;
}

/** Summary of the runs of a fault; there must be one at least. */
export function summarize(
  { name }: Pick<Fault, "name">,
  assignSeconds: number,
  runs: ReadonlyArray<Outcome & { readonly problems: readonly string[] }>,
): Summary {
  const detections = runs.flatMap(({ detectionSeconds }) => detectionSeconds ?? []);
  return {
    fault: name,
    assignSeconds,
    runs: runs.length,
    detection: detections.length > 0 ? spread(detections) : undefined,
    outage: spread(runs.map(({ outageSeconds }) => outageSeconds)),
    failed: spread(runs.map(({ failedRequests }) => failedRequests)),
    moves: [...new Set(runs.map(({ moves }) => moves))].sort((one, other) => one - other),
    met: runs.filter(({ problems }) => problems.length === 0).length,
  };
}

/** Percentiles by the nearest rank: values that were measured, never in between. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: rank(0.5), p95: rank(0.95), worst: sorted.at(-1)! };
}

const BEGIN = "<!-- figures: begin (npm run bench:failover -- --write-docs) -->";
const END = "<!-- figures: end -->";

/** The document with the text between its two markers replaced; throws when it has none. */
export function replaceGenerated(document: string, text: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`docs/failover.md: must have the lines "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}
