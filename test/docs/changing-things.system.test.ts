import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parsePlan } from "../../tools/plan-explanation/json-plan";
import { changedProps } from "../../examples/end-to-end/changed-props";
import { exampleSite } from "../modules/synthesized";
import { needsTerraform } from "../provider-bridge/needs-terraform";
import { SimulatedSite } from "../modules/simulated-site";
import { blastRadius, changesOfProperties, renderTable, withoutPlan } from "../modules/blast-radius";

const DOCUMENT = path.resolve(__dirname, "../../docs/changing-things.md");
const BEGIN = "<!-- begin: made from real plans by test/docs/changing-things.system.test.ts -->\n";
const END = "\n<!-- end -->";

/** Half a hundred plans, on a machine that may be busy. */
jest.setTimeout(600_000);

/** Writes the table anew: `UPDATE_DOCS=1 npx jest --selectProjects=system --testPathPatterns test/docs/changing`. */
const updating = process.env.UPDATE_DOCS === "1";

needsTerraform("the table of what a change of each property does", () => {
  test("is what the real terraform plans", async () => {
    const [before, table, after] = split(readFileSync(DOCUMENT, "utf8"));
    await using site = await SimulatedSite.start();
    await site.apply();
    const rows: string[][] = [];
    for (const [property, value] of Object.entries(changesOfProperties())) {
      if (withoutPlan.includes(property)) continue;
      await site.configure(changedProps(exampleSite, { [property]: value }));
      rows.push([`\`${property}\``, ...blastRadius(parsePlan(await site.plan("-refresh=false")))]);
    }
    if (updating) writeFileSync(DOCUMENT, `${before}${renderTable(rows)}${after}`);
    else expect(table).toBe(renderTable(rows));
  });
});

/** The document before, in and after the table, with the markers. */
function split(text: string): [string, string, string] {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  const end = text.indexOf(END);
  if (begin < BEGIN.length || end < begin) throw new Error(`${DOCUMENT}: needs "${BEGIN.trim()}" and "${END.trim()}"`);
  return [text.slice(0, begin), text.slice(begin, end), text.slice(end)];
}
