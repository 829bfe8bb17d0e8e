import { spawnSync } from "node:child_process";

/** Tests that run the real terraform; without one on the PATH they are skipped under a name that says so. */
export function needsTerraform(name: string, tests: () => void): void {
  const version = spawnSync("terraform", ["version"], { env: { ...process.env, CHECKPOINT_DISABLE: "1" } });
  if (version.status === 0) describe(name, tests);
  else describe.skip(`${name} (skipped: no terraform on the PATH)`, tests);
}

/** A dozen runs of it, on a machine that is busy with other things. */
jest.setTimeout(600_000);
