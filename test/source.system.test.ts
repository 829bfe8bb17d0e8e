import { spawnSync } from "node:child_process";
import path from "node:path";

const PROJECT = path.join(__dirname, "..");

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(path.join(PROJECT, "node_modules/.bin", program), args, {
    cwd: PROJECT,
    encoding: "utf8",
  });
  return status === 0 ? "" : `${program} ended with ${status}\n${stdout}${stderr}`;
}

test("every type fits", () => expect(run("tsc", "--noEmit")).toBe(""));

test("nothing is found in TypeScript, Python and shell", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["test/lint/main.js"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
});

test("every file is formatted", () => expect(run("prettier", "--check", "--log-level=warn", ".")).toBe(""));
