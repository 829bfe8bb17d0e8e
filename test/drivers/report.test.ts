import type { Check } from "./drivers";
import { problemsOf, renderMarkdown, renderText } from "./report";
import type { Loss, Trial } from "./trial";
import { median } from "./bench-report";

const calm: Loss = { attempts: 40, failed: 4, errors: ["gone"], longestSeconds: 3.25, stuck: 0 };

function trial(changes: Partial<Trial> = {}): Trial {
  const check = (name: Check, more = {}) => ({ check: name, ...more });
  const checks = [check("connect", { answer: "pgx 5.13.0" }), check("listen", { error: "nothing heard" })];
  const primaryLost = { ...calm, replacedSeconds: 1.5, missing: 2, twice: 1 };
  return { driver: "pgx", load: 1, checks, primaryLost, replicaLost: calm, ...changes };
}

test("a check that failed, workers that hang and a program that ended are problems; failed attempts are none", () => {
  expect(problemsOf(trial({ checks: [] }))).toEqual([]);
  expect(problemsOf(trial())).toEqual(["pgx: listen: nothing heard"]);
  const replicaLost = { ...calm, stuck: 3, ended: "exit code 1: unhandled error" };
  expect(problemsOf(trial({ checks: [], replicaLost }))).toEqual([
    "pgx: replica lost: 3 workers did not succeed again",
    "pgx: replica lost: the program ended with exit code 1: unhandled error",
  ]);
});

test("the document has a row with the driver's version, what it did, and what was lost", () => {
  const row = renderMarkdown([trial()])
    .split("\n")
    .find((line) => line.startsWith("| pgx"));
  expect(row).toBe(
    "| pgx 5.13.0 | yes | – | – | – | – | no | – | – | – | 4 of 40 | 3.3 s | 0 | 2 | 1 | 4 of 40 | 3.3 s | 0 |",
  );
});

test("the terminal says what applications saw, and what is a problem", () => {
  const lines = renderText([trial()]).split("\n");
  expect(lines).toContain("pgx, primary lost: gone");
  expect(lines.at(-1)).toBe("pgx: listen: nothing heard");
});

test("the median is one of the figures", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2);
});
