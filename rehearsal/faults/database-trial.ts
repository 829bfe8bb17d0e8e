import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../programs/wait-until";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { Visit, Visitors, VisitorRequest } from "../visitors/visitors";
import type { DatabaseFault, DatabaseOutage } from "./fault";
import { inflict, undo } from "./injection";

/** What visitors ask for: pages that read the database, and entries that are written to it. */
export const DATABASE_REQUESTS: readonly VisitorRequest[] = [
  ["GET", "/api/entries", null],
  ["POST", "/api/entries", { name: "visitor", message: "written while something goes wrong" }],
];

/** After the failover or the end of the fault, until the application has connections again. */
export const RECOVERY_SECONDS = 10;
/** How long a run leaves a fault that does not say so: longer than the failover takes. */
const DEFAULT_LASTS_SECONDS = 20;
/** How long a primary has to be gone until it is replaced, while faults are tried: the least that DigitalOcean allows. */
const FAILOVER_SECONDS = 10;
const SETTLE_LIMIT_SECONDS = 120;
const MARGIN_MS = 1000;

/** What visitors noticed of one fault of the database. */
export interface DatabaseOutcome {
  readonly fault: string;
  /** How long it lasted, until it was undone. */
  readonly lastedSeconds: number;
  readonly reads: Silence;
  readonly writes: Silence;
}

/** Of one kind of request. */
export interface Silence {
  readonly requests: number;
  readonly failed: number;
  /** The longest time without a good answer. */
  readonly outageSeconds: number;
}

/** Makes a fault, undoes it, waits until the database is in order again, and says what visitors noticed. */
export async function runDatabaseTrial(
  cloud: LocalCloud,
  visitors: Visitors,
  fault: DatabaseFault,
): Promise<DatabaseOutcome> {
  await cloud.control.setDatabaseFailoverTime(FAILOVER_SECONDS);
  await untilDatabaseSettled(cloud);
  await sleep(MARGIN_MS);
  const { at } = await inflict(cloud, fault);
  await sleep((fault.lastsSeconds ?? DEFAULT_LASTS_SECONDS) * 1000);
  await undo(cloud, fault);
  const undone = Date.now();
  await untilDatabaseSettled(cloud);
  await sleep(RECOVERY_SECONDS * 1000);
  const end = Date.now();
  await cloud.control.setDatabaseFailoverTime(undefined);
  return computeDatabaseOutcome(fault, visitors.between(at - MARGIN_MS, end - MARGIN_MS), (undone - at) / 1000);
}

/** Pure: the same visits give the same figures. */
export function computeDatabaseOutcome(
  { name }: DatabaseFault,
  visits: readonly Visit[],
  lastedSeconds: number,
): DatabaseOutcome {
  const of = (method: string) => silenceOf(visits.filter(({ request }) => request.startsWith(`${method} `)));
  return { fault: name, lastedSeconds, reads: of("GET"), writes: of("POST") };
}

/** Sentences about what an outcome should not be; none when all is as expected. Times may be `slack` times as long. */
export function problemsOfDatabase(outcome: DatabaseOutcome, fault: DatabaseFault, slack = 1): string[] {
  return (["reads", "writes"] as const).flatMap((kind) => {
    const { requests, failed, outageSeconds } = outcome[kind];
    const allowed = fault.visitors[kind];
    if (requests === 0) return [`${kind}: nobody asked`];
    if (allowed === 0) return failed === 0 ? [] : [`${kind}: none may fail, got ${failed} of ${requests}`];
    const limit = secondsOf(allowed, outcome.lastedSeconds) * slack;
    const got = outageSeconds.toFixed(1);
    return outageSeconds <= limit ? [] : [`${kind}: must be answered again within ${limit} s, got ${got} s`];
  });
}

function secondsOf(outage: DatabaseOutage, lastedSeconds: number): number {
  if (outage === "until failover") return FAILOVER_SECONDS + RECOVERY_SECONDS;
  if (outage === "until undone") return lastedSeconds + RECOVERY_SECONDS;
  return outage;
}

function silenceOf(visits: readonly Visit[]): Silence {
  const good = visits.filter(({ status }) => status >= 200 && status < 400);
  const ends = (some: readonly Visit[]) => some.map(({ began, milliseconds }) => began + milliseconds);
  const marks = [Math.min(...visits.map(({ began }) => began)), ...ends(good).sort((one, other) => one - other)];
  marks.push(Math.max(...ends(visits)));
  const gaps = marks.slice(1).map((mark, index) => mark - marks[index]!);
  return {
    requests: visits.length,
    failed: visits.length - good.length,
    outageSeconds: visits.length === 0 ? 0 : Math.max(...gaps) / 1000,
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
