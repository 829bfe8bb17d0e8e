import { spawnSync } from "node:child_process";
import path from "node:path";
import { fixture, readFixture } from "./examples";

const MAIN = path.resolve(__dirname, "../../../tools/plan-explanation/main.ts");

function run(input: string, ...args: string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", MAIN, ...args], { input, encoding: "utf8" });
}

test("a plan is read from a file", () => {
  const { status, stdout } = run("", "--plan", fixture("another-pool-mode", "json"));
  expect(stdout).toBe(readFixture("another-pool-mode", "txt"));
  expect(status).toBe(0);
});

test("a plan is read from standard input, and explained to programs", () => {
  const { status, stdout } = run(readFixture("nothing", "json"), "--plan", "-", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ changes: false, failed: false });
  expect(status).toBe(0);
});

test("fails when Terraform refuses the plan", () => {
  const { status, stdout } = run("", "--plan", fixture("another-region", "json"));
  expect(stdout).toContain("Terraform refuses this plan");
  expect(status).toBe(1);
});

test("fails in one line on something else than a plan", () => {
  const { status, stderr } = run("Terraform will perform", "--plan", "-");
  expect(stderr).toBe('plan: must be JSON from "terraform show -json PLAN", got "Terraform will perform"\n');
  expect(status).toBe(1);
});
