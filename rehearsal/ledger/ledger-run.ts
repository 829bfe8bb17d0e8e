import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { waitUntil } from "../../programs/wait-until";
import { checkHistory, type Verdict } from "./check-history";
import { type DatabaseFault, inflict } from "./database-faults";
import { Ledger } from "./ledger";
import type { LedgerTarget } from "./ledger-target";

export interface RunOptions {
  /** Entries that are written at least. */
  readonly writes: number;
  readonly writesPerSecond: number;
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
/** How long a fault is left at least, and how many entries have to be acknowledged after that before it is undone. */
const LASTS_MS = 3000;
const WELL_AGAIN = 100;

/**
 * Writes a ledger, makes a fault when a third of it is written, undoes it when entries are acknowledged again, and
 * compares what is there in the end with what the clients were told.
 */
export async function runLedger(
  cloud: LocalCloud,
  target: LedgerTarget,
  fault: DatabaseFault,
  { writes, writesPerSecond, historyFile, sendingLagSeconds }: RunOptions,
): Promise<LedgerRun> {
  await untilSettled(cloud);
  const name = `ledger ${Date.now()}`;
  await using ledger = await Ledger.start(cloud, { target: target.address, name, historyFile, writesPerSecond });
  await delaySending(cloud, sendingLagSeconds);
  await ledger.until("first third", WRITES_LIMIT_SECONDS, () => ledger.writes > writes / 3);
  const { at, undo } = await inflict(cloud, fault);
  ledger.noteFailure({ at, what: fault.name });
  await ledger.until("entries after the fault", RECOVERY_LIMIT_SECONDS, () => {
    return ledger.acknowledgedSince(at + LASTS_MS) > WELL_AGAIN;
  });
  await undo();
  await delaySending(cloud, 0);
  await ledger.until("all entries", WRITES_LIMIT_SECONDS, () => ledger.writes >= writes);
  await ledger.stop();
  await untilSettled(cloud);
  return { fault: fault.name, ...checkHistory(ledger.history, await target.readContent(ledger, name)) };
}

/** Of every node: the one that was the primary when the delay began may be a standby when it ends. */
async function delaySending({ control }: LocalCloud, seconds: number): Promise<void> {
  const { databases } = await control.status();
  const senders = databases.filter(({ role }) => (seconds > 0 ? role === "primary" : role !== "replica"));
  for (const { node } of senders) await control.operateDatabase(node, { kind: "delay-sending", seconds });
}

async function untilSettled({ control }: LocalCloud): Promise<void> {
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
