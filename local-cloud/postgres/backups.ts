import path from "node:path";
import { performance } from "node:perf_hooks";
import { waitUntil } from "../../programs/wait-until";
import type { DatabaseAvailability, DatabaseBackup } from "../platform/platform";
import { isBackupDue, type BackupStore } from "./backup-store";
import type { PostgresServer } from "./postgres-server";

const ARCHIVE_LIMIT_SECONDS = 30;
/** After a backup that failed, until the next try. */
const PAUSE_MILLISECONDS = 10_000;

/** Takes the backups of a cluster: the first at once, then one a day, and all WAL between them. */
export class Backups {
  private running: Promise<void> | undefined;
  private failedAt = -Infinity;

  constructor(
    readonly store: BackupStore,
    private readonly report: (event: string) => void,
  ) {}

  list(): Promise<DatabaseBackup[]> {
    return this.store.list();
  }

  /** Looks once whether a backup is due, and begins it; its end is not waited for. */
  async keep(primary: PostgresServer, servers: readonly PostgresServer[], at: DatabaseAvailability["dailyBackup"]) {
    await this.collect(servers);
    if (this.running || performance.now() - this.failedAt < PAUSE_MILLISECONDS) return;
    const last = (await this.list()).at(-1)?.createdAt;
    if (!isBackupDue(last, Date.now(), at)) return;
    this.running = this.take(primary)
      .catch((error: Error) => {
        this.failedAt = performance.now();
        this.report(`${primary.node.name}: no backup: ${error.message}`);
      })
      .finally(() => (this.running = undefined));
  }

  /** Puts all that the primary has committed so far, and one commit more to stop at, into the store. */
  async flush(primary: PostgresServer, servers: readonly PostgresServer[]): Promise<void> {
    await primary.query("SELECT pg_current_xact_id()");
    const [row] = await primary.query("SELECT pg_walfile_name(pg_switch_wal())");
    await waitUntil(`${primary.node.name}: ${row![0]} archived`, ARCHIVE_LIMIT_SECONDS, () =>
      primary.hasArchived(row![0]!),
    );
    await this.collect(servers);
  }

  /** To be called when the servers have ended: a backup under way then fails. */
  async remove(): Promise<void> {
    await this.running;
    await this.store.remove();
  }

  private async take(primary: PostgresServer): Promise<void> {
    const directory = await primary.takeBaseBackup();
    await this.store.addBase(directory, Date.now());
    await this.store.prune(Date.now());
  }

  private async collect(servers: readonly PostgresServer[]): Promise<void> {
    for (const { node } of servers) await this.store.collectWal(path.join(node.directory, "archive"));
  }
}
