import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { chmod, chown, mkdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { DatabaseContext } from "./database-context";

const run = promisify(execFile);

const INITDB_OPTIONS = [
  ...["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
  // Of the smallest plan: a copy of what was made with more could not be a standby with less.
  ...["--set", "max_connections=25"],
];

/** First WAL file of a prepared data directory: a copy can follow a primary that still has it. */
export const FIRST_WAL_FILE = "000000010000000000000001";

/** The system user that servers run as, in Debian's packages. */
export const SYSTEM_USER = "postgres";

/** Path of a program of PostgreSQL inside the services tree. */
export function programOf(version: string, name: string): string {
  return `/usr/lib/postgresql/${version}/bin/${name}`;
}

/**
 * A data directory that `initdb` has made, of which copies become servers. Made once for a major version and kept in
 * the cache. All copies have one system identifier, so that one can stream from another without a base backup.
 */
export async function prepareDataDirectory(
  { tree, cacheDirectory }: Pick<DatabaseContext, "tree" | "cacheDirectory">,
  version: string,
): Promise<string> {
  const { uid, gid } = tree.findUser(SYSTEM_USER);
  const key = createHash("sha256")
    .update(JSON.stringify([INITDB_OPTIONS, uid, gid]))
    .digest("hex")
    .slice(0, 12);
  const prepared = path.join(cacheDirectory, "postgres", `${version}-${key}`);
  if (await exists(prepared)) return prepared;
  const making = path.join(cacheDirectory, "postgres", `making-${randomUUID()}`);
  await makeOwnedDirectory(making, uid, gid);
  try {
    const command = [programOf(version, "initdb"), "-D", "/srv/data", ...INITDB_OPTIONS];
    await tree.run({ command, user: SYSTEM_USER, files: making }, 60);
    await rename(path.join(making, "data"), prepared).catch((error: NodeJS.ErrnoException) => {
      // Another cloud was faster; its directory is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return prepared;
}

export async function copyDataDirectory(prepared: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await run("cp", ["--archive", "--reflink=auto", prepared, target]);
}

/** A directory that belongs to a user of the tree and that nobody else can read. */
export async function makeOwnedDirectory(directory: string, uid: number, gid: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chown(directory, uid, gid);
  await chmod(directory, 0o700);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
