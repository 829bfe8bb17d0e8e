import { changedProps } from "../../../examples/end-to-end/changed-props";
import { changes, findChange } from "../../../rehearsal/roll-out/changes";
import { exampleSite, synthesizeSite } from "../../modules/synthesized";
import { readFileSync } from "node:fs";
import path from "node:path";

const addresses = readFileSync(path.join(__dirname, "../../tools/addresses.txt"), "utf8").split("\n");

test("every change has a name of its own", () => {
  expect(new Set(changes.map(({ name }) => name)).size).toBe(changes.length);
});

test.each(changes.map((change) => [change.name, change] as const))(
  "%s: is one of a site that can be synthesized",
  (_, change) => {
    expect(() => synthesizeSite(changedProps(exampleSite, change.set))).not.toThrow();
    for (const address of change.taint ?? []) expect(addresses).toContain(address);
  },
);

test("fails to find a change that there is not, and names those that there are", () => {
  expect(() => findChange("other")).toThrow(/^change: must be one of app: new environment, .*, got other$/);
});
