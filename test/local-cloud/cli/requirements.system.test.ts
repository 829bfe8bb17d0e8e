import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMissingRequirements } from "../../../local-cloud/cli/requirements";
import { whatIsMissing } from "../machines/cloud-under-test";

const missing = whatIsMissing();
const testOrSkip = missing ? test.skip : test;

testOrSkip(`a machine that runs droplets lacks nothing${missing ? ` (skipped: ${missing})` : ""}`, async () => {
  const directory = await mkdtemp(join(tmpdir(), "requirements-"));
  try {
    expect(await findMissingRequirements(join(directory, "not", "there", "yet"))).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
});
