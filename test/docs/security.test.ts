import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { renderMarkdownTable } from "../../programs/table";
import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { prove } from "../../tools/proof/proof";
import { synthesizeSite } from "../modules/synthesized";

const DOCUMENT = path.resolve(__dirname, "../../docs/security.md");
const MATRIX = new GeneratedText(
  "matrix",
  "UPDATE_DOCS=1 npx jest --selectProjects=unit --testPathPatterns=test/docs/security",
);

test("the matrix is what follows from the stack", () => {
  const site = synthesizeSite({ ssh: { keys: ["1"], sources: ["192.0.2.0/24"] } });
  const { reachability } = prove(JSON.parse(site.text));
  const rows = reachability.map(({ from, to, protocol, ports }) =>
    [from, to, protocol, ports].map((cell) => cell.replace("www-example-com-", "")),
  );
  const document = readFileSync(DOCUMENT, "utf8");
  const wanted = MATRIX.replaceIn(document, renderMarkdownTable(["from", "to", "protocol", "ports"], rows));
  if (process.env.UPDATE_DOCS === "1") writeFileSync(DOCUMENT, wanted);
  else expect(document).toBe(wanted);
});
