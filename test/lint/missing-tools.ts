import { spawnSync } from "node:child_process";

/** What lint needs and this machine, or this copy of the project, has not: for the names of tests that are skipped. */
export function missingToolsOfLint(): string[] {
  const needs = {
    "a git repository": ["git", "rev-parse", "--is-inside-work-tree"],
    shellcheck: ["shellcheck", "--version"],
  };
  return Object.entries(needs)
    .filter(([, [program, ...args]]) => spawnSync(program!, args, { cwd: __dirname }).status !== 0)
    .map(([name]) => name);
}
