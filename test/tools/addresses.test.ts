import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { synthesizeSite } from "../modules/synthesized";

const FILE = path.join(__dirname, "addresses.txt");

/** As Terraform knows them, with the hash of the whole path in the tree of constructs. */
function addresses(): string[] {
  const { resource } = JSON.parse(synthesizeSite().text) as { resource: Record<string, Record<string, object>> };
  return Object.entries(resource)
    .flatMap(([type, byName]) => Object.keys(byName).map((name) => `${type}.${name}`))
    .sort();
}

test("no resource has another address than before: it would be destroyed and made anew", () => {
  const text = `${addresses().join("\n")}\n`;
  // What is new belongs into the file; what goes needs a moved block, and a word to those who have it.
  if (process.env.UPDATE_FIXTURES === "1") writeFileSync(FILE, text);
  expect(text).toBe(readFileSync(FILE, "utf8"));
});
