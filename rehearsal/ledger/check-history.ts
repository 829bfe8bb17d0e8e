import { type EntryId, type Failure, type HistoryRecord, type Read, type Write, entryOf } from "./history";

/** What a database must not do to an entry. */
export type ViolationKind =
  /** Acknowledged, and not there in the end. */
  | "lost"
  /** There more than once in the end. */
  | "twice"
  /** Read from the primary, and not there in a later read of the primary or in the end. */
  | "went back"
  /** Acknowledged, and not there in a read of the primary that began after that. */
  | "not seen"
  /** There in the end, although the server said that it did not take it. */
  | "refused, but there"
  /** There in the end, although no client wrote it. */
  | "never written";

export interface Violation {
  readonly kind: ViolationKind;
  readonly entry: EntryId;
  readonly client: number;
  /** Milliseconds since 1970: of the acknowledgement, or of whatever else tells of the entry first. */
  readonly at: number | undefined;
  /** From the acknowledgement until the failure; of a lost entry in a history with a failure. */
  readonly secondsBeforeFailure: number | undefined;
}

export interface Verdict {
  readonly writes: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Unknown ones by what became of them: neither is a violation. */
  readonly unknown: { readonly there: number; readonly absent: number };
  /** Reads of the primary. */
  readonly reads: number;
  /** Longest time without an acknowledgement that ended after the failure; without a failure, the longest of all. */
  readonly outageSeconds: number;
  readonly violations: readonly Violation[];
}

/**
 * Compares what clients were told with what the database has in the end (`content`, an entry for each row). Knows
 * nothing of how either was found. Throws when the history itself is wrong: a client's entries must be complete.
 */
export function checkHistory(history: readonly HistoryRecord[], content: readonly EntryId[]): Verdict {
  const writes = history.filter((record): record is Write => record.kind === "write");
  const reads = history.filter((record): record is Read => record.kind === "read");
  const failure = history.find((record): record is Failure => record.kind === "failure");
  checkSequences(writes);
  const byEntry = new Map(writes.map((write) => [entryOf(write), write]));
  const counts = countEach(content);
  const isThere = (write: Write) => counts.has(entryOf(write));
  const unknown = writes.filter(({ outcome }) => outcome === "unknown");
  const violation = (kind: ViolationKind, entry: EntryId): Violation => {
    const write = byEntry.get(entry);
    const secondsBeforeFailure = kind === "lost" && failure && write ? (failure.at - write.ended) / 1000 : undefined;
    return { kind, entry, client: Number(entry.split(":")[0]), at: write?.ended, secondsBeforeFailure };
  };
  const found: Array<[ViolationKind, EntryId[]]> = [
    ["lost", writes.filter((write) => write.outcome === "acknowledged" && !isThere(write)).map(entryOf)],
    ["twice", [...counts].filter(([, count]) => count > 1).map(([entry]) => entry)],
    ["went back", findGoneBack(reads, counts)],
    ["not seen", findUnseen(reads, byEntry)],
    ["refused, but there", writes.filter((write) => write.outcome === "refused" && isThere(write)).map(entryOf)],
    ["never written", [...counts.keys()].filter((entry) => !byEntry.has(entry))],
  ];
  return {
    writes: writes.length,
    acknowledged: writes.filter(({ outcome }) => outcome === "acknowledged").length,
    refused: writes.filter(({ outcome }) => outcome === "refused").length,
    unknown: { there: unknown.filter(isThere).length, absent: unknown.filter((write) => !isThere(write)).length },
    reads: reads.length,
    outageSeconds: longestGap(writes, failure?.at) / 1000,
    violations: found.flatMap(([kind, entries]) => entries.map((entry) => violation(kind, entry))),
  };
}

/** A line for a violation, for people. */
export function describeViolation({ kind, entry, client, at, secondsBeforeFailure }: Violation): string {
  const when = at === undefined ? "" : `, answered at ${new Date(at).toISOString().slice(11, 23)}`;
  const before = secondsBeforeFailure ?? 0;
  const distance = `${Math.abs(before).toFixed(2)} s ${before < 0 ? "after" : "before"} the failure`;
  return `${kind}: entry ${entry} of client ${client}${when}${secondsBeforeFailure === undefined ? "" : `, ${distance}`}`;
}

function checkSequences(writes: readonly Write[]): void {
  const next = new Map<number, number>();
  for (const { client, sequence } of writes) {
    const expected = next.get(client) ?? 1;
    if (sequence !== expected)
      throw new Error(`history: client ${client} must go on with entry ${expected}, got ${sequence}`);
    next.set(client, expected + 1);
  }
}

function countEach(entries: readonly EntryId[]): Map<EntryId, number> {
  const counts = new Map<EntryId, number>();
  for (const entry of entries) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return counts;
}

/** Reads that overlap say nothing of each other: only one that began after the other had ended is later. */
function findGoneBack(reads: readonly Read[], counts: ReadonlyMap<EntryId, number>): EntryId[] {
  const seen = new Map<EntryId, number>();
  for (const { asked, missing, ended } of reads) {
    const absent = new Set(missing);
    for (const entry of asked) if (!absent.has(entry)) seen.set(entry, Math.min(ended, seen.get(entry) ?? ended));
  }
  const later = reads.flatMap(({ missing, began }) => missing.filter((entry) => began > (seen.get(entry) ?? Infinity)));
  return [...new Set([...later, ...[...seen.keys()].filter((entry) => !counts.has(entry))])];
}

function findUnseen(reads: readonly Read[], writes: ReadonlyMap<EntryId, Write>): EntryId[] {
  const isAcknowledged = (entry: EntryId, began: number) => {
    const write = writes.get(entry);
    return write?.outcome === "acknowledged" && write.ended < began;
  };
  return [...new Set(reads.flatMap(({ missing, began }) => missing.filter((entry) => isAcknowledged(entry, began))))];
}

/** Milliseconds. */
function longestGap(writes: readonly Write[], from = -Infinity): number {
  const times = writes.filter(({ outcome }) => outcome === "acknowledged").map(({ ended }) => ended);
  times.sort((one, other) => one - other);
  return times.reduce((longest, time, index) => {
    const gap = index === 0 || time <= from ? 0 : time - times[index - 1]!;
    return Math.max(longest, gap);
  }, 0);
}
