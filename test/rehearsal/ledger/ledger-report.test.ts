import { describeRun, renderMarkdown, renderText, type ReportedRun } from "../../../rehearsal/ledger/ledger-report";
import type { Violation } from "../../../rehearsal/ledger/check-history";

const lost = (entry: string, secondsBeforeFailure: number): Violation => ({
  kind: "lost",
  entry,
  client: 1,
  at: 1000,
  secondsBeforeFailure,
});
const run = (more: Partial<ReportedRun>): ReportedRun => ({
  ...{
    fault: "database-power-off",
    path: "direct",
    replication: "off",
    sendingLagSeconds: 0,
    failoverSeconds: 5,
    load: 1,
  },
  ...{ writes: 100, acknowledged: 90, refused: 2, unknown: { there: 3, absent: 5 }, reads: 7, outageSeconds: 6 },
  violations: [],
  ...more,
});

/** Cells of each row. */
const rowsOf = (runs: readonly ReportedRun[]) =>
  renderMarkdown(runs)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );

test("runs of one fault and circumstances are one row, in the order of the catalogue", () => {
  const runs = [
    run({ fault: "database-standby-lost" }),
    run({ outageSeconds: 8 }),
    run({}),
    run({ replication: "quorum" }),
  ];
  expect(rowsOf(runs)).toEqual([
    ["database-power-off", "direct", "no", "", "5 s", "2", "200", "180", "16", "0", "", "0", "6.0 s", "8.0 s"],
    ["database-power-off", "direct", "yes", "", "5 s", "1", "100", "90", "8", "0", "", "0", "6.0 s", "6.0 s"],
    ["database-standby-lost", "direct", "no", "", "5 s", "1", "100", "90", "8", "0", "", "0", "6.0 s", "6.0 s"],
  ]);
});

test("what was lost is counted apart from other violations, with the age of the oldest", () => {
  const wentBack: Violation = { ...lost("1:3", 0), kind: "went back", secondsBeforeFailure: undefined };
  const [row] = rowsOf([run({ violations: [lost("1:1", 1.9), lost("1:2", 0.4), wentBack], sendingLagSeconds: 2 })]);
  expect(row!.slice(9, 12)).toEqual(["2", "1.9 s", "1"]);
});

test("a run names its first violations, and says how many more there are", () => {
  const violations = Array.from({ length: 12 }, (_, index) => lost(`1:${index + 1}`, 1));
  const lines = describeRun(run({ violations })).split("\n");
  expect(lines[0]).toContain("12 lost, 0 other violations, outage 6.00 s");
  expect(lines[1]).toBe("  lost: entry 1:1 of client 1, answered at 00:00:01.000, 1.00 s before the failure");
  expect(lines.slice(-1)).toEqual(["  … and 2 more"]);
});

test("the table of the terminal has the same rows", () => {
  expect(renderText([run({})])).toMatch(/^FAULT .*\ndatabase-power-off {2}direct {2}no /);
});
