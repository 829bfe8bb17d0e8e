import type { Visit, VisitorRequest } from "./visitors";

/** What visitors of the demo do: static content, pages that read the database, and one write in five. */
export const MIXED_REQUESTS: readonly VisitorRequest[] = [
  ["GET", "/assets/demo.css", null],
  ["POST", "/api/entries", { name: "visitor", message: "written while something changes" }],
  ["GET", "/about.html", null],
  ["GET", "/api/entries", null],
  ["GET", "/assets/demo.css", null],
  ["GET", "/", null],
  ["POST", "/api/entries", { name: "visitor", message: "written while something changes" }],
  ["GET", "/favicon.svg", null],
  ["GET", "/api/entries", null],
  ["GET", "/assets/demo.css", null],
];

export interface VisitsSummary {
  readonly requests: number;
  readonly writes: number;
  readonly failed: readonly Visit[];
  /** Failed too, but were under way in the outage: nothing can keep those. */
  readonly lost: readonly Visit[];
  /** Milliseconds. */
  readonly p99: number;
  readonly p999: number;
  readonly slowest: number;
}

/** Milliseconds since 1970. */
export interface Outage {
  readonly began: number;
  readonly ended: number;
}

/** `outage` is when a node lost power, and for a load balancer until another one had its address. */
export function summarizeVisits(visits: readonly Visit[], outage?: Outage): VisitsSummary {
  const failed = visits.filter(({ status }) => status < 200 || status >= 400);
  const isLost = ({ began, milliseconds }: Visit) =>
    outage !== undefined && began <= outage.ended && began + milliseconds >= outage.began;
  const times = visits.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  return {
    requests: visits.length,
    writes: visits.filter(({ request }) => request.startsWith("POST ")).length,
    failed: failed.filter((visit) => !isLost(visit)),
    lost: failed.filter(isLost),
    p99: quantile(times, 0.99),
    p999: quantile(times, 0.999),
    slowest: times.at(-1) ?? 0,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

/**
 * The longest time between two good answers, or from the last one until the last visitor asked, in milliseconds. What
 * becomes of that visitor later says nothing about the site: nobody else is asked for by then.
 */
export function longestSilence(visits: readonly Visit[], isGood: (visit: Visit) => boolean): number {
  if (visits.length === 0) return 0;
  const asked = visits.map(({ began }) => began);
  const answered = visits.filter(isGood).map(({ began, milliseconds }) => began + milliseconds);
  const marks = [Math.min(...asked), ...answered, Math.max(...asked)].sort((one, other) => one - other);
  return Math.max(0, ...marks.slice(1).map((mark, index) => mark - marks[index]!));
}

/** A line for each failed request: when, what, how. */
export function describeFailures({ failed }: VisitsSummary): string[] {
  return failed.map(({ began, milliseconds, status, request, loadBalancer, problem }) => {
    const at = new Date(began).toISOString().slice(11, 23);
    return `${at} +${milliseconds} ms ${request}: ${status} ${loadBalancer} ${problem.replace(/\s+/g, " ").slice(0, 200)}`;
  });
}
