import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimStateDirectory, isClaimed } from "../../../local-cloud/outer-cloud/state-directory-claim";

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "claim-"))));
afterEach(() => rm(directory, { recursive: true }));

test("a new directory becomes a state directory, and stays one", async () => {
  const path = join(directory, "a", "b");
  await claimStateDirectory(path);
  await writeFile(join(path, "credentials.json"), "{}");
  await claimStateDirectory(path);
  expect(isClaimed(path)).toBe(true);
});

test("fails for a directory that holds something else, because it would be removed with the cloud", async () => {
  await writeFile(join(directory, "thesis.txt"), "");
  await expect(claimStateDirectory(directory)).rejects.toThrow(`${directory} holds thesis.txt`);
  expect(isClaimed(directory)).toBe(false);
});
