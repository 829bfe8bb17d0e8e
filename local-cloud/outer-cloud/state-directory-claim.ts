import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const MARK = "local-cloud";

/**
 * Makes the directory that holds everything of one local cloud, and marks it as such: only a marked directory is ever
 * removed. Throws for a directory that has something else in it. Calling it again is fine.
 */
export async function claimStateDirectory(stateDirectory: string): Promise<void> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o711 });
  if (isClaimed(stateDirectory)) return;
  const [other] = await readdir(stateDirectory);
  if (other !== undefined) {
    throw new Error(
      `LOCAL_CLOUD_STATE: must be a new or an empty directory, because it is removed with the cloud; ` +
        `${stateDirectory} holds ${other}`,
    );
  }
  await writeFile(join(stateDirectory, MARK), "Everything here belongs to a local cloud and is removed with it.\n");
}

/** Whether the directory was made for a local cloud. */
export function isClaimed(stateDirectory: string): boolean {
  return existsSync(join(stateDirectory, MARK));
}
