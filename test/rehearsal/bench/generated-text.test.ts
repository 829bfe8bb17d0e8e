import { GeneratedText } from "../../../rehearsal/bench/generated-text";

const table = new GeneratedText("table", "make table");

test("what stands between the markers is replaced, and nothing else", () => {
  const document = "before\n<!-- table: begin (make table) -->\nold\n<!-- table: end -->\nafter\n";
  expect(table.replaceIn(document, "new")).toBe(
    "before\n<!-- table: begin (make table) -->\n\nnew\n\n<!-- table: end -->\nafter\n",
  );
});

test("fails for a document without the markers", () => {
  expect(() => table.replaceIn("text", "new")).toThrow(
    'document: must have the lines "<!-- table: begin (make table) -->" and "<!-- table: end -->"',
  );
});
