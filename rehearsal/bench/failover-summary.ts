import { faults } from "../faults/catalogue";
import type { Fault } from "../faults/fault";
import type { Outcome } from "../faults/outcome";

/** One trial of a fault. */
export interface Run extends Outcome {
  readonly assignSeconds: number;
  /** Load average of this machine when the run began. */
  readonly load: number;
  readonly problems: readonly string[];
}

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

/** A summary for each fault and assign time that there are runs of, in the order of the catalogue. */
export function summarizeAll(runs: readonly Run[]): Summary[] {
  const assignTimes = [...new Set(runs.map(({ assignSeconds }) => assignSeconds))].sort((one, other) => one - other);
  return faults.flatMap((fault) =>
    assignTimes.flatMap((seconds) => {
      const own = runs.filter((run) => run.fault === fault.name && run.assignSeconds === seconds);
      return own.length === 0 ? [] : [summarize(fault, seconds, own)];
    }),
  );
}

/** Summary of the runs of a fault; there must be one at least. */
export function summarize({ name }: Pick<Fault, "name">, assignSeconds: number, runs: readonly Run[]): Summary {
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
