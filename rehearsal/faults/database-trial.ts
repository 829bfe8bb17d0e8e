import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../programs/wait-until";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { Visit, Visitors, VisitorRequest } from "../visitors/visitors";
import { describeFailures, longestSilence, summarizeVisits } from "../visitors/visits";
import { inflictOnDatabase, undoOnDatabase } from "./database-injection";
import type { DatabaseFault, DatabaseOutage } from "./fault";

/** What visitors ask for: pages that read the database, and entries that are written to it. */
export const DATABASE_REQUESTS: readonly VisitorRequest[] = [
  ["GET", "/api/entries", null],
  ["POST", "/api/entries", { name: "visitor", message: "written while something goes wrong" }],
];

/** After the failover or the end of the fault, until the application has connections again. */
export const RECOVERY_SECONDS = 5;
/** How long a primary has to be gone until it is replaced, while faults are tried: the least that DigitalOcean allows. */
const FAILOVER_SECONDS = 10;
/** How long a fault is left; one that has the primary replaced, so long after that. */
const LASTS_SECONDS = 8;
/** Visitors wait so long for an answer, which is longer than any part of the site does. */
export const VISIT_LIMIT_MS = 10_000;
const SERVED_LIMIT_SECONDS = 30;
/** When all requests that ended in so long a time were answered, visitors are served again. */
const WELL_AGAIN_MS = 2000;
const SETTLE_LIMIT_SECONDS = 120;
const MARGIN_MS = 1000;
const FAILURES_NAMED = 5;

/** What visitors noticed of one fault of the database. */
export interface DatabaseOutcome {
  readonly fault: string;
  /** How long it lasted, until it was undone. */
  readonly lastedSeconds: number;
  /** How long a primary had to be gone until it was replaced. */
  readonly failoverSeconds: number;
  readonly reads: Silence;
  readonly writes: Silence;
}

/** Of one kind of request. */
export interface Silence {
  readonly requests: number;
  readonly failed: number;
  /** The longest time without a good answer. */
  readonly outageSeconds: number;
  /** Of the first ones that failed: when, and what is known of it. */
  readonly failures: readonly string[];
}

/**
 * Makes a fault, undoes it, waits until the database is in order and visitors are served again, and says what they
 * noticed. `failoverSeconds`: how long a primary has to be gone until it is replaced, meanwhile.
 */
export async function runDatabaseTrial(
  cloud: LocalCloud,
  visitors: Visitors,
  fault: DatabaseFault,
  failoverSeconds = FAILOVER_SECONDS,
): Promise<DatabaseOutcome> {
  await cloud.control.setDatabaseFailoverTime(failoverSeconds);
  await untilDatabaseSettled(cloud);
  await sleep(MARGIN_MS);
  const at = await inflictOnDatabase(cloud, fault);
  await sleep((LASTS_SECONDS + (replacesPrimary(fault) ? failoverSeconds : 0)) * 1000);
  await undoOnDatabase(cloud, fault);
  const undone = Date.now();
  await untilDatabaseSettled(cloud);
  await untilServed(visitors);
  await cloud.control.setDatabaseFailoverTime(undefined);
  const visits = visitors.between(at - MARGIN_MS, Date.now());
  return computeDatabaseOutcome(fault, visits, (undone - at) / 1000, failoverSeconds);
}

/** Pure: the same visits give the same figures. */
export function computeDatabaseOutcome(
  { name }: DatabaseFault,
  visits: readonly Visit[],
  lastedSeconds: number,
  failoverSeconds: number,
): DatabaseOutcome {
  const of = (method: string) => silenceOf(visits.filter(({ request }) => request.startsWith(`${method} `)));
  return { fault: name, lastedSeconds, failoverSeconds, reads: of("GET"), writes: of("POST") };
}

/** Sentences about what an outcome should not be; none when all is as expected. Times may be `slack` times as long. */
export function problemsOfDatabase(outcome: DatabaseOutcome, fault: DatabaseFault, slack = 1): string[] {
  return (["reads", "writes"] as const).flatMap((kind) => {
    const { requests, failed, outageSeconds } = outcome[kind];
    const allowed = fault.visitors[kind];
    if (requests === 0) return [`${kind}: nobody asked`];
    if (allowed === 0) return failed === 0 ? [] : [`${kind}: none may fail, got ${failed} of ${requests}`];
    const limit = secondsOf(allowed, outcome) * slack;
    const got = outageSeconds.toFixed(1);
    return outageSeconds <= limit ? [] : [`${kind}: must be answered again within ${limit} s, got ${got} s`];
  });
}

function secondsOf(outage: DatabaseOutage, { lastedSeconds, failoverSeconds }: DatabaseOutcome): number {
  if (outage === "until failover") return failoverSeconds + RECOVERY_SECONDS;
  if (outage === "until undone") return lastedSeconds + RECOVERY_SECONDS;
  return outage;
}

function replacesPrimary({ visitors }: DatabaseFault): boolean {
  return visitors.writes === "until failover";
}

function silenceOf(visits: readonly Visit[]): Silence {
  return {
    requests: visits.length,
    failed: visits.filter((visit) => !isAnswered(visit)).length,
    failures: describeFailures(summarizeVisits(visits)).slice(0, FAILURES_NAMED),
    outageSeconds: longestSilence(visits, isAnswered) / 1000,
  };
}

/** Waits until every server runs, and standbys and replicas have all that their primary has. */
export async function untilDatabaseSettled(cloud: LocalCloud): Promise<void> {
  const settled = async () => {
    const { databases } = await cloud.control.status();
    return databases.every(({ role, running, lagBytes }) => running && (role === "primary" || lagBytes! < 1_000_000));
  };
  await waitUntil("database with all its servers", SETTLE_LIMIT_SECONDS, settled, 500);
}

/** Gives up after a while: what visitors noticed until then says that they were not served. */
async function untilServed(visitors: Visitors): Promise<void> {
  const limit = Date.now() + SERVED_LIMIT_SECONDS * 1000;
  const isServed = () => {
    const ended = visitors.endedWithin(WELL_AGAIN_MS);
    const asked = new Set(ended.map(({ request }) => request));
    return ended.every(isAnswered) && DATABASE_REQUESTS.every(([method, path]) => asked.has(`${method} ${path}`));
  };
  do await sleep(WELL_AGAIN_MS / 4);
  while (!isServed() && Date.now() < limit);
}

function isAnswered({ status }: Visit): boolean {
  return status >= 200 && status < 400;
}
