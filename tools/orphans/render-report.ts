import type { Report } from "./orphans";

/** A report as a table for people, without a newline at the end. */
export function renderReport({ orphans, unread }: Report, names: readonly string[]): string {
  const rows = orphans.map(({ type, id, name, createdAt, ours }) => [
    type.replace("digitalocean_", "").replaceAll("_", " "),
    id,
    name,
    createdAt ?? "",
    ours ? "" : "perhaps not ours",
  ]);
  const sites = names.join(", ");
  return [
    ...(rows.length === 0
      ? [`Nothing in the account is called after ${sites} without being in the state.`]
      : [
          `In the account, and not in the state of ${sites}:`,
          "",
          ...columns([["WHAT", "ID", "NAME", "MADE", ""], ...rows]),
        ]),
    ...unread.map((what) => `not looked at: ${what}`),
  ].join("\n");
}

/** Rows in columns as wide as their widest cell. */
function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}
