import { FIGURES } from "../../../rehearsal/bench/failover-report";
import { type Run, spread, summarizeAll } from "../../../rehearsal/bench/failover-summary";

test("percentiles are values that were measured", () => {
  expect(spread([3, 1, 2])).toEqual({ p50: 2, p95: 3, worst: 3 });
  expect(spread(Array.from({ length: 20 }, (_, i) => i + 1))).toEqual({ p50: 10, p95: 19, worst: 20 });
  expect(spread([7])).toEqual({ p50: 7, p95: 7, worst: 7 });
});

test("only what stands between the markers is replaced", () => {
  const begin = "<!-- figures: begin (npm run bench:failover -- --write-docs) -->";
  const document = `before\n${begin}\nold\n<!-- figures: end -->\nafter\n`;
  const replaced = FIGURES.replaceIn(document, "new");
  expect(replaced).toBe(`before\n${begin}\n\nnew\n\n<!-- figures: end -->\nafter\n`);
  expect(FIGURES.replaceIn(replaced, "new")).toBe(replaced);
});

test("fails for a document without the markers", () => {
  expect(() => FIGURES.replaceIn("nothing here", "new")).toThrow(/must have the lines/);
});

test("runs are summarized for each fault and assign time, in the order of the catalogue", () => {
  const run = (fault: string, assignSeconds: number, outageSeconds: number, problems: readonly string[] = []): Run => ({
    fault,
    assignSeconds,
    outageSeconds,
    problems,
    load: 1,
    detectionSeconds: undefined,
    failedRequests: 0,
    lastFailureSeconds: undefined,
    failures: [],
    requests: 100,
    moves: 1,
    owners: [],
    claims: [],
    answersByOthers: 0,
    twoMastersSeconds: 0,
  });
  const runs = [
    run("reboot", 2, 0),
    run("power-off", 10, 11),
    run("power-off", 2, 3),
    run("power-off", 2, 5, ["late"]),
  ];
  const summaries = summarizeAll(runs);
  expect(summaries.map(({ fault, assignSeconds }) => [fault, assignSeconds])).toEqual([
    ["power-off", 2],
    ["power-off", 10],
    ["reboot", 2],
  ]);
  expect(summaries[0]).toMatchObject({ runs: 2, met: 1, moves: [1], outage: { p50: 3, p95: 5 }, detection: undefined });
});
