import { judgeDisaster } from "../../../rehearsal/drill/disaster-report";
import { checkHistory } from "../../../rehearsal/ledger/check-history";
import type { HistoryRecord, Write } from "../../../rehearsal/ledger/history";

const LOSS = 1_000_000;
const SECOND = 1000;

/** Entries of one client, by when each was acknowledged: seconds from the loss. */
function historyOf(...seconds: number[]): HistoryRecord[] {
  const writes = seconds.map((second, index): Write => {
    const ended = LOSS + second * SECOND;
    return { kind: "write", client: 1, sequence: index + 1, began: ended - 10, ended, outcome: "acknowledged" };
  });
  return [...writes, { kind: "failure", at: LOSS, what: "region" }];
}

const judge = (history: HistoryRecord[], ...content: string[]) => judgeDisaster(checkHistory(history, content));

test("entries from shortly before the loss may be gone, and the oldest of them says how much is lost", () => {
  expect(judge(historyOf(-400, -200, -1, 150), "1:1", "1:4")).toEqual({ lost: 2, lostSeconds: 200, problems: [] });
});

test("nothing lost is nothing lost", () => {
  expect(judge(historyOf(-1, 150), "1:1", "1:2")).toEqual({ lost: 0, lostSeconds: 0, problems: [] });
});

test("fails for an entry that had been in the backups for long", () => {
  const { lost, problems } = judge(historyOf(-400, -1, 150), "1:2", "1:3");
  expect(lost).toBe(0);
  expect(problems).toEqual([expect.stringMatching(/^lost: entry 1:1 of client 1.*400\.00 s before the failure$/)]);
});

test("fails for an entry that the second site has lost, or has twice", () => {
  expect(judge(historyOf(-1, 150, 151), "1:1", "1:3", "1:3").problems).toEqual([
    expect.stringContaining("lost: entry 1:2"),
    expect.stringContaining("twice: entry 1:3"),
  ]);
});

test("fails for a second site that took too long", () => {
  expect(judge(historyOf(-1, 700), "1:1", "1:2").problems).toEqual([
    "nobody could write for 701 s, at most 600 s are allowed",
  ]);
});
