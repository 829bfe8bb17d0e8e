import { loadavg } from "node:os";
import { waitUntil } from "../../programs/wait-until";
import type { DatabaseSite } from "./database-site";
import { DriverProgram, runChecks, WORKERS, type CheckResult, type Start } from "./driver-program";

/** What the workers of a program have seen while a server was lost. */
export interface Loss {
  /** Time from the loss of a primary to a new one: what no driver can be faster than. */
  readonly replacedSeconds?: number;
  readonly attempts: number;
  readonly failed: number;
  /** Different errors, without what differs from one to the next. */
  readonly errors: readonly string[];
  /** Of the worker that waited longest. */
  readonly longestSeconds: number;
  /** Workers that did not succeed within `LIMIT_SECONDS` after the loss. */
  readonly stuck: number;
  /** Rows that were acknowledged, and are not there. */
  readonly missing?: number;
  /** Rows that are there once more than they were asked for. */
  readonly twice?: number;
  /** How the program ended by itself. */
  readonly ended?: string;
}

export interface Trial {
  readonly driver: string;
  /** Load average of this machine when the trial began. */
  readonly load: number;
  readonly checks: readonly CheckResult[];
  readonly primaryLost: Loss;
  readonly replicaLost: Loss;
}

/** How long a worker may take to succeed again; any driver's own time limits are shorter. */
export const LIMIT_SECONDS = 60;
/** Successes of each worker before a server is lost, and after it. */
const ENOUGH = 5;

/** How the driver's program is called with an argument and RUN. */
export type Call = (argument: "check" | "write" | "read", run: string) => Start;

/** Leaves the site without the servers that were lost. */
export async function tryDriver(site: DatabaseSite, driver: string, call: Call): Promise<Trial> {
  const load = loadavg()[0]!;
  const checks = await runChecks(call("check", `${driver} check`));
  const primaryLost = await losePrimary(site, call, `${driver} write`);
  const replicaLost = await loseReplica(site, call, `${driver} read`);
  return { driver, load, checks, primaryLost, replicaLost };
}

async function losePrimary(site: DatabaseSite, call: Call, run: string): Promise<Loss> {
  await using program = new DriverProgram(call("write", run));
  await everyoneSucceeds(program, 0);
  const old = await site.endpoints.primary();
  const lost = await site.powerOff(old.node);
  await site.primaryAfter(old.node, LIMIT_SECONDS);
  const replaced = performance.now() / 1000;
  const loss = await outcome(program, replaced, lost);
  const there = await site.rowsOf(run);
  const acknowledged = WORKERS.flatMap((worker) => program.successes(worker));
  const rows = new Set(there);
  const missing = acknowledged.filter(({ worker, number }) => !rows.has(`${worker} ${number}`)).length;
  await site.bothReplicasAreRead();
  return { ...loss, replacedSeconds: replaced - lost, missing, twice: there.length - rows.size };
}

async function loseReplica(site: DatabaseSite, call: Call, run: string): Promise<Loss> {
  await using program = new DriverProgram(call("read", run));
  await everyoneSucceeds(program, 0);
  const servers = await site.endpoints.databases.status();
  const read = program.successes(0).at(-1)!.answer;
  const { node } = servers.find(({ privateAddress }) => privateAddress === read)!;
  const lost = await site.powerOff(node);
  return await outcome(program, lost, lost, (answer) => answer !== read);
}

async function everyoneSucceeds(
  program: DriverProgram,
  since: number,
  counts: (answer: string | undefined) => boolean = () => true,
): Promise<void> {
  const succeeded = (worker: number) =>
    program.successes(worker, since).filter(({ answer }) => counts(answer)).length >= ENOUGH;
  await waitUntil("every worker's success", LIMIT_SECONDS, () => {
    if (program.end !== undefined) throw new Error(`ended with ${program.end}: ${program.errors}`);
    return WORKERS.every(succeeded);
  });
}

/** Waits until every worker succeeds again, or not any more; `counts`: which success is one after the loss. */
async function outcome(
  program: DriverProgram,
  since: number,
  lost: number,
  counts?: (answer: string | undefined) => boolean,
): Promise<Loss> {
  await everyoneSucceeds(program, since, counts).catch(() => undefined);
  const ended = program.end === undefined ? undefined : `${program.end}: ${program.errors.trim().split("\n").at(-1)}`;
  const now = performance.now() / 1000;
  if (ended === undefined) await program.stop();
  const failed = program.attempts.filter(({ error }) => error !== undefined);
  return {
    attempts: program.attempts.filter(({ at }) => at > lost).length,
    failed: failed.length,
    errors: [...new Set(failed.map(({ error }) => withoutNumbers(error!)))],
    longestSeconds: Math.max(...WORKERS.map((worker) => longestPause(program.successes(worker), now))),
    stuck: WORKERS.filter((worker) => program.successes(worker, since).length === 0).length,
    ended,
  };
}

function longestPause(successes: ReadonlyArray<{ readonly at: number }>, end: number): number {
  const times = [...successes.map(({ at }) => at), end];
  return Math.max(...times.slice(1).map((at, index) => at - times[index]!));
}

function withoutNumbers(error: string): string {
  return error.replace(/\b\d[\d.:]*\b/g, "N").replace(/0x[0-9a-f]+/g, "N");
}
