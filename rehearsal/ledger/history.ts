/** A client and the number of its entry: `3:17` is the seventeenth entry of client 3. Unique in a run. */
export type EntryId = string;

/** One entry that a client wrote, or tried to. Times are milliseconds since 1970, of one clock for the whole history. */
export interface Write {
  readonly kind: "write";
  readonly client: number;
  /** Counts the client's entries, from 1 and without a gap. A client writes one after the other. */
  readonly sequence: number;
  readonly began: number;
  readonly ended: number;
  /**
   * `refused`: the server answered that it did not take the entry. `unknown`: no answer within the limit, a broken
   * connection, or a proxy's error: the entry may be there or not.
   */
  readonly outcome: "acknowledged" | "refused" | "unknown";
  /** What is known of one that was not acknowledged. */
  readonly problem?: string;
}

/** A look at the primary: whether some entries are there. */
export interface Read {
  readonly kind: "read";
  readonly began: number;
  readonly ended: number;
  readonly asked: readonly EntryId[];
  readonly missing: readonly EntryId[];
}

/** When something was broken on purpose. */
export interface Failure {
  readonly kind: "failure";
  readonly at: number;
  readonly what: string;
}

/** One line of a history file, which is only ever appended to. */
export type HistoryRecord = Write | Read | Failure;

export function entryOf({ client, sequence }: Pick<Write, "client" | "sequence">): EntryId {
  return `${client}:${sequence}`;
}

/** Reads a history file; throws with the number of a line that is no record. */
export function parseHistory(text: string): HistoryRecord[] {
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== "")
    .map(({ line, number }) => parseRecord(line, number));
}

function parseRecord(line: string, number: number): HistoryRecord {
  const fail = (what: string) => new Error(`history, line ${number}: ${what}, got ${line.slice(0, 80)}`);
  let record: HistoryRecord;
  try {
    record = JSON.parse(line) as HistoryRecord;
  } catch {
    throw fail("must be JSON");
  }
  if (!["write", "read", "failure"].includes(record?.kind)) throw fail('kind must be "write", "read" or "failure"');
  return record;
}
