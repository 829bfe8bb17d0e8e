import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Turns } from "../../programs/turns";
import type { DatabaseBackup } from "../platform/platform";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KEPT_DAYS = 7;

/**
 * The backups of one cluster: base backups by the time when they ended, and all WAL since the oldest of them, so that
 * every moment of the last seven days can be restored. It lies outside the nodes, and goes with its cluster. Its methods may
 * be called at any time, also while others are under way.
 */
export class BackupStore {
  private readonly turns = new Turns();

  constructor(private readonly directory: string) {}

  /** WAL files, compressed, by their names in `pg_wal`. */
  get wal(): string {
    return path.join(this.directory, "wal");
  }

  /** Oldest first. One more than seven days old is there too: the oldest day needs it. */
  list(): Promise<DatabaseBackup[]> {
    return this.turns.run(async () =>
      Promise.all(
        (await this.times()).map(async (createdAt) => ({ createdAt, sizeBytes: await sizeOf(this.base(createdAt)) })),
      ),
    );
  }

  /** Where the files of the base backup of that time are: `base.tar.gz` and `pg_wal.tar.gz`. */
  base(createdAt: number): string {
    return path.join(this.bases, String(createdAt));
  }

  /** Takes a directory with a base backup that has just ended. */
  addBase(directory: string, createdAt: number): Promise<void> {
    return this.turns.run(async () => {
      await mkdir(this.bases, { recursive: true });
      await mkdir(this.wal, { recursive: true });
      await rename(directory, this.base(createdAt));
    });
  }

  /** Takes what a server has archived. All servers of a cluster archive the same files; the first one counts. */
  collectWal(directory: string): Promise<void> {
    return this.turns.run(async () => {
      const finished = (await namesIn(directory)).filter((name) => name.endsWith(".gz"));
      if (finished.length === 0) return;
      await mkdir(this.wal, { recursive: true });
      const known = new Set(await namesIn(this.wal));
      for (const name of finished) {
        const file = path.join(directory, name);
        await (known.has(name) ? rm(file) : rename(file, path.join(this.wal, name)));
      }
    });
  }

  /** Removes what no moment of the last seven days needs. */
  prune(now: number): Promise<void> {
    return this.turns.run(async () => {
      const times = await this.times();
      const oldestNeeded = times.findLast((time) => time < now - KEPT_DAYS * DAY) ?? times[0];
      if (oldestNeeded === undefined) return;
      for (const time of times.filter((one) => one < oldestNeeded)) await rm(this.base(time), { recursive: true });
      for (const name of await namesIn(this.wal)) {
        const file = path.join(this.wal, name);
        // A backup begins long less than an hour before it ends.
        if ((await stat(file)).mtimeMs < oldestNeeded - HOUR) await rm(file);
      }
    });
  }

  remove(): Promise<void> {
    return this.turns.run(() => rm(this.directory, { recursive: true, force: true }));
  }

  /** Of the base backups, oldest first. */
  private async times(): Promise<number[]> {
    return (await namesIn(this.bases)).map(Number).sort((one, other) => one - other);
  }

  private get bases(): string {
    return path.join(this.directory, "base");
  }
}

/** Whether the time of day for the daily backup has passed since the last one; the first one is due at once. */
export function isBackupDue(
  last: number | undefined,
  now: number,
  { hour, minute }: { readonly hour: number; readonly minute: number },
): boolean {
  const today = new Date(now).setUTCHours(hour, minute, 0, 0);
  return last === undefined || last < (today <= now ? today : today - DAY);
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

async function sizeOf(directory: string): Promise<number> {
  const files = await namesIn(directory);
  const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
