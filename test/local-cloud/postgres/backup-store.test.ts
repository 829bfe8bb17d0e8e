import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BackupStore, isBackupDue } from "../../../local-cloud/postgres/backup-store";

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 0, 31, 12);

describe("the store of backups", () => {
  let directory: string;
  let store: BackupStore;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "backups-"));
    store = new BackupStore(path.join(directory, "store"));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  test("keeps seven days of base backups, the one before them, and the WAL since then", async () => {
    for (const days of [10, 9, 8, 6, 1]) await addBase(NOW - days * DAY);
    for (const days of [10, 8.5, 7.9, 1]) addWal(`wal-${days}.gz`, NOW - days * DAY);
    await store.collectWal(path.join(directory, "archive"));
    await store.prune(NOW);
    expect((await store.list()).map(({ createdAt }) => (NOW - createdAt) / DAY)).toEqual([8, 6, 1]);
    expect(readdirSync(store.wal).sort()).toEqual(["wal-1.gz", "wal-7.9.gz"]);
  });

  test("knows the size of a backup, and nothing of a cluster without one", async () => {
    expect(await store.list()).toEqual([]);
    await addBase(NOW, 1000);
    expect(await store.list()).toEqual([{ createdAt: NOW, sizeBytes: 1000 }]);
  });

  test("takes WAL for several who ask at once, while it forgets what is old", async () => {
    for (const days of [10, 9, 1]) await addBase(NOW - days * DAY);
    const names = Array.from({ length: 50 }, (_, number) => `wal-${number}.gz`);
    for (const name of names) addWal(name, NOW);
    const collect = () => store.collectWal(path.join(directory, "archive"));
    await Promise.all([collect(), store.list(), collect(), store.prune(NOW), collect(), store.list()]);
    expect(readdirSync(store.wal).sort()).toEqual(names.sort());
    expect((await store.list()).map(({ createdAt }) => (NOW - createdAt) / DAY)).toEqual([9, 1]);
  });

  test("takes each WAL file once, whichever server archived it, and none that is not finished", async () => {
    addWal("one.gz", NOW, "first");
    await store.collectWal(path.join(directory, "archive"));
    addWal("one.gz", NOW, "second");
    addWal(".two", NOW);
    await store.collectWal(path.join(directory, "archive"));
    expect(readdirSync(store.wal)).toEqual(["one.gz"]);
    expect(readdirSync(path.join(directory, "archive"))).toEqual([".two"]);
  });

  async function addBase(createdAt: number, size = 1): Promise<void> {
    const made = path.join(directory, "made");
    mkdirSync(made);
    writeFileSync(path.join(made, "base.tar.gz"), Buffer.alloc(size));
    await store.addBase(made, createdAt);
  }

  function addWal(name: string, at: number, text = ""): void {
    const file = path.join(directory, "archive", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, at / 1000, at / 1000);
  }
});

describe("the time of the daily backup", () => {
  const at = { hour: 3, minute: 30 };
  const time = (day: number, hour: number) => Date.UTC(2026, 0, day, hour);

  test("the first one is due at once, the next when the time of day has passed", () => {
    expect(isBackupDue(undefined, time(30, 12), at)).toBe(true);
    expect(isBackupDue(time(30, 12), time(30, 13), at)).toBe(false);
    expect(isBackupDue(time(30, 12), time(31, 3), at)).toBe(false);
    expect(isBackupDue(time(30, 12), time(31, 4), at)).toBe(true);
    expect(isBackupDue(time(31, 4), time(31, 5), at)).toBe(false);
  });

  test("one that was missed is taken up for", () => {
    expect(isBackupDue(time(28, 4), time(31, 1), at)).toBe(true);
  });
});
