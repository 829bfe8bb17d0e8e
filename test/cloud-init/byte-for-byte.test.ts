import fc from "fast-check";
import type { Problem } from "../../cloud-init/problems";
import { otherContentsChecks, otherUserData, type OtherSettings } from "../../cloud-init/other/user-data";
import { checkContent } from "../../cloud-init/value-checks";
import { exampleCache, exampleWorker } from "./example-hosts";
import { documentsOf, parseUserData } from "./parse-user-data";

/** What means something to JavaScript, JSON, YAML, MIME, Terraform, a shell or an environment file. */
const pieces = [
  ...[
    "${x}",
    "$${x}",
    "%{ if x }",
    "%%{",
    "${",
    "%{",
    "`id`",
    "$(id)",
    "@@NAME@@",
    "$&",
    "{PGHOST}",
    "\\",
    "\\n",
    '"',
    "'",
  ],
  ...[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\x7f",
    "\x85",
    "\xa0",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "é",
    "世界",
    "🎉",
    "#cloud-config\n",
  ],
  ...[
    "--part-of-user-data",
    "--part-of-user-data--\n",
    ": ",
    "- ",
    "---\n",
    "&a *a",
    "null",
    "true",
    "0o17",
    " ",
    "\0",
    "\ud800",
  ],
];
const texts = fc.array(
  fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 8 }),
  { minLength: 1, maxLength: 20 },
);
const accepted = (text: string): boolean => checkContent("text", text).length === 0;

/** Some hundredths of a second each. */
const runs = { numRuns: 40 };

test("whatever is accepted as the content of a file arrives byte for byte", () => {
  fc.assert(
    fc.property(texts, (all) => {
      const contents = all.map((one) => one.join("")).filter(accepted);
      const extraFiles = contents.map((content, i) => ({ path: `/etc/shop/${i}`, content }));
      const found = parseUserData(otherUserData({ ...exampleCache, extraFiles })).files;
      const arrived = extraFiles.map(({ path }) => found.find((file) => file.path === path)?.content);
      expect(arrived).toEqual(contents.map((content) => Buffer.from(content, "utf8")));
    }),
    runs,
  );
});

test("whatever is accepted as a variable, an argument or a file of a container arrives as it was", () => {
  fc.assert(
    fc.property(texts, (all) => {
      const values = all.map((one) => one.join("")).filter(accepted);
      const environment = Object.fromEntries(values.map((value, i) => [`NAME_${i}`, value]));
      const files = values.map((content, i) => ({ path: `/etc/${i}`, content }));
      const workload = {
        kind: "container",
        image: "ghcr.io/a/b:1",
        environment,
        files,
        command: ["run", ...values],
      } as const;
      const found = new Map(
        parseUserData(otherUserData({ ...exampleWorker, workload, schedules: undefined })).files.map((file) => [
          file.path,
          file.content.toString("utf8"),
        ]),
      );
      const container = JSON.parse(found.get("/etc/infrastructure/container.json")!);
      expect(container).toMatchObject({ environment, command: ["run", ...values] });
      expect(files.map(({ path }) => found.get(`/etc/infrastructure/files${path}`))).toEqual(values);
    }),
    runs,
  );
});

test("whatever is accepted as a script arrives as it was", () => {
  fc.assert(
    fc.property(texts, (all) => {
      const text = `#!/bin/sh\n${all.flat().filter(accepted).join("")}`;
      const documents = documentsOf(otherUserData({ ...exampleCache, workload: { kind: "user-data", text } }));
      expect(documents).toContain(text);
    }),
    runs,
  );
});

test("whatever is given in the place of a setting is refused in words, or makes user-data without an expression of Terraform", () => {
  const names = Object.keys(otherContentsChecks);
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true });
  fc.assert(
    fc.property(fc.constantFrom(...names), anything, (name, value) => {
      const lines = problemsOf({ ...exampleWorker, [name]: value });
      expect(lines.filter(({ path }) => path.split(/[.[]/)[0] === "")).toEqual([]);
      // What stands in quotes was given.
      const words = lines.map(({ message }) => message.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
      expect(words.filter((message) => /\n|\[object|=>/.test(message))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** Problems that are said; whatever else is thrown is a mistake. */
function problemsOf(settings: OtherSettings): readonly Problem[] {
  try {
    expect(otherUserData(settings)).not.toMatch(/[$%]\{/);
    return [];
  } catch (error) {
    if (error instanceof Error && "problems" in error) return error.problems as readonly Problem[];
    throw error;
  }
}
