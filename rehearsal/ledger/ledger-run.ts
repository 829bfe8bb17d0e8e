import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../programs/wait-until";
import { inflictOnDatabase, undoOnDatabase } from "../faults/database-injection";
import type { DatabaseFault } from "../faults/fault";
import { checkHistory, type Verdict } from "./check-history";
import { Ledger, type LedgerCloud } from "./ledger";
import type { LedgerTarget } from "./ledger-target";

export interface RunOptions {
  /** Entries that are written at least. */
  readonly writes: number;
  readonly writesPerSecond: number;
  readonly clients: number;
  /** Gets every record; see history.ts. */
  readonly historyFile: string;
  /** What the primary commits reaches its standbys so much later. */
  readonly sendingLagSeconds: number;
}

export interface LedgerRun extends Verdict {
  readonly fault: string;
}

/** A standby that was without power is copied anew first. */
const SETTLE_LIMIT_SECONDS = 120;
/** Longer than any failover time that a run is given. */
const RECOVERY_LIMIT_SECONDS = 300;
const WRITES_LIMIT_SECONDS = 600;
/** How long a client waits for an answer that nothing delays. */
const ANSWER_LIMIT_MS = 3000;
/**
 * How long a fault is left at least. Where entries are acknowledged again while it lasts, so many of them have to be
 * before it is undone.
 */
const LASTS_MS = 3000;
const WELL_AGAIN = 100;

/**
 * Writes a ledger, makes a fault when a third of it is written, undoes it when entries are acknowledged again, and
 * compares what is there in the end with what the clients were told.
 */
export async function runLedger(
  cloud: LedgerCloud,
  target: LedgerTarget,
  fault: DatabaseFault,
  { writes, sendingLagSeconds, ...options }: RunOptions,
): Promise<LedgerRun> {
  await untilSettled(cloud);
  const name = `ledger ${Date.now()}`;
  // With `quorum` an acknowledgement takes as long as the standby's receipt.
  const limitMs = ANSWER_LIMIT_MS + sendingLagSeconds * 2000;
  await using ledger = await Ledger.start(cloud, { target: target.address, name, limitMs, ...options });
  await delaySending(cloud, sendingLagSeconds);
  await ledger.until("first third", WRITES_LIMIT_SECONDS, () => ledger.writes > writes / 3);
  const at = await inflictOnDatabase(cloud, fault);
  ledger.noteFailure({ at, what: fault.name });
  await sleep(LASTS_MS);
  if (fault.visitors.writes !== "until undone")
    await ledger.until("entries after the fault", RECOVERY_LIMIT_SECONDS, () => {
      return ledger.acknowledgedSince(at + LASTS_MS) > WELL_AGAIN;
    });
  await undoOnDatabase(cloud, fault);
  await delaySending(cloud, 0);
  await ledger.until("all entries", WRITES_LIMIT_SECONDS, () => ledger.writes >= writes);
  await ledger.stop();
  await untilSettled(cloud);
  return { fault: fault.name, ...checkHistory(ledger.history, await target.readContent(ledger, name)) };
}

/** Of every node: the one that was the primary when the delay began may be a standby when it ends. */
async function delaySending({ control }: LedgerCloud, seconds: number): Promise<void> {
  const { databases } = await control.status();
  const senders = databases.filter(({ role }) => (seconds > 0 ? role === "primary" : role !== "replica"));
  for (const { node } of senders) await control.operateDatabase(node, { kind: "delay-sending", seconds });
}

async function untilSettled({ control }: LedgerCloud): Promise<void> {
  await waitUntil(
    "every standby and replica streaming",
    SETTLE_LIMIT_SECONDS,
    async () => {
      const { databases } = await control.status();
      return databases.every(({ role, running, lagBytes }) => running && (role === "primary" || lagBytes === 0));
    },
    200,
  );
}
