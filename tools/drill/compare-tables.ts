import type { TableSum, TableSums } from "./table-sums";

/** One table that both clusters should have. */
export interface ComparedTable {
  readonly table: string;
  readonly original: TableSum | undefined;
  readonly restored: TableSum | undefined;
  /**
   * `changed`: the original was written to while the drill went on, so that the two cannot be told to be equal; the
   * restored one has no fewer rows than the smaller and no more than the larger count.
   */
  readonly verdict: "same" | "changed" | "different";
}

/** `before` and `after` are the original's, from before the moment that was restored and after it. */
export function compareTables(before: TableSums, after: TableSums, restored: TableSums): ComparedTable[] {
  const names = [...new Set([...before.keys(), ...after.keys(), ...restored.keys()])].sort();
  return names.map((table) => {
    const [first, last, own] = [before.get(table), after.get(table), restored.get(table)];
    const isQuiet = isSame(first, last);
    const verdict = isQuiet
      ? isSame(first, own)
        ? "same"
        : "different"
      : isBetween(first, own, last)
        ? "changed"
        : "different";
    return { table, original: last ?? first, restored: own, verdict };
  });
}

function isSame(one: TableSum | undefined, other: TableSum | undefined): boolean {
  return one?.rows === other?.rows && one?.sum === other?.sum;
}

/** A table that was made or dropped meanwhile may be there or not. */
function isBetween(first: TableSum | undefined, own: TableSum | undefined, last: TableSum | undefined): boolean {
  if (first === undefined || last === undefined) return true;
  const [low, high] = [Math.min(first.rows, last.rows), Math.max(first.rows, last.rows)];
  return own !== undefined && own.rows >= low && own.rows <= high;
}
