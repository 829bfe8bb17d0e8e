import { compareTables } from "../../../tools/drill/compare-tables";
import type { TableSums } from "../../../tools/drill/table-sums";

const sums = (tables: Record<string, [number, string]>): TableSums =>
  new Map(Object.entries(tables).map(([name, [rows, sum]]) => [name, { rows, sum }]));
const verdicts = (before: TableSums, after: TableSums, restored: TableSums) =>
  compareTables(before, after, restored).map(({ table, verdict }) => `${table} ${verdict}`);

test("a table that nobody wrote to has to be the same to the last row", () => {
  const original = sums({ "app.public.a": [3, "17"] });
  expect(verdicts(original, original, sums({ "app.public.a": [3, "17"] }))).toEqual(["app.public.a same"]);
  expect(verdicts(original, original, sums({ "app.public.a": [3, "18"] }))).toEqual(["app.public.a different"]);
  expect(verdicts(original, original, sums({ "app.public.a": [2, "17"] }))).toEqual(["app.public.a different"]);
});

test("a table that is missing, or that the original does not have, is different", () => {
  const original = sums({ "app.public.a": [3, "17"] });
  expect(verdicts(original, original, sums({ "app.public.b": [1, "1"] }))).toEqual([
    "app.public.a different",
    "app.public.b different",
  ]);
});

test("a table that was written to meanwhile has as many rows as before, as after, or between", () => {
  const [before, after] = [sums({ t: [3, "17"] }), sums({ t: [9, "50"] })];
  const rows = (count: number) => verdicts(before, after, sums({ t: [count, "?"] }));
  expect([2, 3, 6, 9, 10].flatMap(rows)).toEqual(["t different", "t changed", "t changed", "t changed", "t different"]);
  expect(verdicts(before, after, sums({}))).toEqual(["t different"]);
});

test("a table that was made or dropped meanwhile may be there or not", () => {
  const [none, made] = [sums({}), sums({ t: [9, "50"] })];
  expect(verdicts(none, made, none)).toEqual(["t changed"]);
  expect(verdicts(none, made, made)).toEqual(["t changed"]);
  expect(verdicts(made, none, none)).toEqual(["t changed"]);
});
