import { replaceGenerated, spread } from "../../../local-cloud/bench/failover-summary";

test("percentiles are values that were measured", () => {
  expect(spread([3, 1, 2])).toEqual({ p50: 2, p95: 3, worst: 3 });
  expect(spread(Array.from({ length: 20 }, (_, i) => i + 1))).toEqual({ p50: 10, p95: 19, worst: 20 });
  expect(spread([7])).toEqual({ p50: 7, p95: 7, worst: 7 });
});

test("only what stands between the markers is replaced", () => {
  const begin = "<!-- figures: begin (npm run bench:failover -- --write-docs) -->";
  const document = `before\n${begin}\nold\n<!-- figures: end -->\nafter\n`;
  const replaced = replaceGenerated(document, "new");
  expect(replaced).toBe(`before\n${begin}\n\nnew\n\n<!-- figures: end -->\nafter\n`);
  expect(replaceGenerated(replaced, "new")).toBe(replaced);
});

test("fails for a document without the markers", () => {
  expect(() => replaceGenerated("nothing here", "new")).toThrow(/must have the lines/);
});
