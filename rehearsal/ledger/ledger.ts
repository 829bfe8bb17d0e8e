import { appendFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import { waitUntil } from "../../programs/wait-until";
import type { DatabaseFaultCloud } from "../faults/database-injection";
import type { EntryId, Failure, HistoryRecord, Write } from "./history";

/** What of a local cloud a ledger needs. */
export type LedgerCloud = Pick<LocalCloud, "startAsOperator"> & DatabaseFaultCloud;

export interface LedgerOptions {
  /** What ledger-process.ts takes: `https://…` of the demo application, or a cluster that lets the operator in. */
  readonly target: string;
  /** Whom the demo's guest book shows as the writer. */
  readonly name: string;
  /** Gets every record as soon as it is known; what is in it already stays. */
  readonly historyFile: string;
  readonly clients: number;
  /** Of all clients together. */
  readonly writesPerSecond: number;
  /** How long a client waits for an answer. */
  readonly limitMs: number;
}

const START_LIMIT_SECONDS = 60;
/** A client that has no connection notices it after several time limits. */
const STOP_LIMIT_SECONDS = 60;

type Line = HistoryRecord | { readonly kind: "stopped" } | { readonly kind: "content"; readonly entries: EntryId[] };

/** Clients that write on the internet side of a local cloud, and what they were told. */
export class Ledger implements AsyncDisposable {
  readonly history: HistoryRecord[] = [];
  private stopped = false;
  private ended = false;
  private entries: readonly EntryId[] | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly historyFile: string,
  ) {
    createInterface({ input: child.stdout! }).on("line", (line) => this.take(JSON.parse(line) as Line));
    child.on("close", () => (this.ended = true));
  }

  /** Resolves when the first entries are acknowledged. */
  static async start(cloud: Pick<LedgerCloud, "startAsOperator">, options: LedgerOptions): Promise<Ledger> {
    const { target, name, historyFile, clients, writesPerSecond, limitMs } = options;
    const argv = [target, name, ...[clients, writesPerSecond, limitMs].map(String)];
    const program = tsxCommand(path.join(__dirname, "ledger-process.ts"));
    const child = await cloud.startAsOperator([...program, ...argv], ["pipe", "pipe", "inherit"]);
    child.stdin!.on("error", () => undefined);
    const ledger = new Ledger(child, historyFile);
    await ledger.until("first entry", START_LIMIT_SECONDS, () => ledger.acknowledgedSince(0) > 0);
    return ledger;
  }

  /** Writes into the history that something is broken from that moment on. */
  noteFailure(failure: Omit<Failure, "kind">): void {
    this.record({ kind: "failure", ...failure });
  }

  /** How many entries have been acknowledged that were begun since then (milliseconds since 1970). */
  acknowledgedSince(time: number): number {
    return this.history.filter((one) => isWrite(one) && one.outcome === "acknowledged" && one.began >= time).length;
  }

  get writes(): number {
    return this.history.filter(isWrite).length;
  }

  /** Ends the writing; resolves when the outcome of the last entry is known. */
  async stop(): Promise<void> {
    this.child.stdin!.write("stop\n");
    await this.until("end of the last entry", STOP_LIMIT_SECONDS, () => this.stopped);
  }

  /** Every entry of a cluster's table, as often as it is there. */
  async readContent(): Promise<readonly EntryId[]> {
    this.child.stdin!.write("content\n");
    return this.until("content of the table", STOP_LIMIT_SECONDS, () => this.entries);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin!.end();
    await waitUntil("end of the ledger's clients", STOP_LIMIT_SECONDS, () => this.ended);
  }

  /** Rejects at once when the process has ended. */
  until<T>(what: string, limitSeconds: number, probe: () => T | undefined | false): Promise<T> {
    return waitUntil(what, limitSeconds, () => {
      if (this.ended) throw new Error(`${what}: the ledger's clients have ended`);
      return probe();
    });
  }

  private take(line: Line): void {
    if (line.kind === "stopped") this.stopped = true;
    else if (line.kind === "content") this.entries = line.entries;
    else this.record(line);
  }

  private record(record: HistoryRecord): void {
    this.history.push(record);
    appendFileSync(this.historyFile, `${JSON.stringify(record)}\n`);
  }
}

function isWrite(record: HistoryRecord): record is Write {
  return record.kind === "write";
}
