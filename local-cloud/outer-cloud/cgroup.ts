import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../../programs/wait-until";

/**
 * Where the cgroup v2 hierarchy is mounted, from the text of `/proc/self/mountinfo`; undefined where there is none.
 * A host that still uses version 1 has it on the side, usually at /sys/fs/cgroup/unified.
 */
export function findCgroup2Mount(mountinfo: string): string | undefined {
  for (const line of mountinfo.split("\n")) {
    const [fields, filesystem] = line.split(" - ");
    if (filesystem?.startsWith("cgroup2 ")) return fields?.split(" ")[4];
  }
  return undefined;
}

/** The processes in the cgroup and below it, as seen from the caller's pid namespace (0: not visible there). */
export async function processesIn(cgroup: string): Promise<number[]> {
  const lists = [await readIfPresent(join(cgroup, "cgroup.procs"))];
  for (const child of await childrenOf(cgroup)) lists.push((await processesIn(join(cgroup, child))).join("\n"));
  return lists.join("\n").split("\n").filter(Boolean).map(Number);
}

/**
 * Ends and removes a cgroup with all that is in it and below, also while others still put processes into it.
 * A cgroup that does not exist is fine.
 */
export async function endCgroup(cgroup: string): Promise<void> {
  await waitUntil(`removal of ${cgroup}`, 10, async () => {
    await killCgroup(cgroup);
    try {
      await removeCgroup(cgroup);
      return true;
    } catch (error) {
      if (["EBUSY", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
      throw error;
    }
  });
}

/** Kills every process in the cgroup and below, waits until they are gone. A cgroup that does not exist is fine. */
export async function killCgroup(cgroup: string): Promise<void> {
  try {
    await writeFile(join(cgroup, "cgroup.kill"), "1");
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  await waitUntil(`end of all processes in ${cgroup}`, 10, async () => {
    const events = await readIfPresent(join(cgroup, "cgroup.events"));
    return !events.includes("populated 1");
  });
}

async function removeCgroup(cgroup: string): Promise<void> {
  for (const child of await childrenOf(cgroup)) await removeCgroup(join(cgroup, child));
  try {
    await rmdir(cgroup);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

async function childrenOf(cgroup: string): Promise<string[]> {
  try {
    const entries = await readdir(cgroup, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return "";
    throw error;
  }
}

// ENODEV: the cgroup was removed between the opening of its file and the reading.
function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}
