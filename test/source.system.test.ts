import { spawnSync } from "node:child_process";
import path from "node:path";
import { missingToolsOfLint } from "./lint/missing-tools";

const PROJECT = path.join(__dirname, "..");

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(path.join(PROJECT, "node_modules/.bin", program), args, {
    cwd: PROJECT,
    encoding: "utf8",
  });
  return status === 0 ? "" : `${program} ended with ${status}\n${stdout}${stderr}`;
}

test("every type fits", () => expect(run("tsc", "--noEmit")).toBe(""));

const missing = missingToolsOfLint();
const testWithTools = missing.length === 0 ? test : test.skip;
const skipped = missing.length === 0 ? "" : ` (skipped: needs ${missing.join(" and ")})`;

testWithTools(`nothing is found in TypeScript, Python and shell${skipped}`, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["test/lint/main.js"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
});

test("every file is formatted", () => expect(run("prettier", "--check", "--log-level=warn", ".")).toBe(""));
