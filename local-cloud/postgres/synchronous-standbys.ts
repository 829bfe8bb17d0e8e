import type { PostgresServer } from "./postgres-server";

/** A question that takes longer counts as no answer. */
const LIMIT_SECONDS = 2;

/**
 * `synchronous_replication: quorum`: the primary acknowledges a commit when any one of its standbys has it on disk.
 * While no standby streams the primary goes on alone, as it does without the setting, and until a standby has caught up
 * again none is complete: nobody may take the primary's place then, or what it acknowledged alone would be lost.
 * DigitalOcean does not say what it does in that case.
 */
export class SynchronousStandbys {
  /** Whom the primary waits for. */
  private awaited: readonly string[] = [];
  private readonly complete = new Set<string>();
  /** Where the primary's WAL ended when it already waited: who has this has all that was acknowledged before. */
  private mark: string | undefined;

  constructor(private readonly report: (event: string) => void) {}

  /** Whether a standby has all that the primary has acknowledged. */
  has(node: string): boolean {
    return this.complete.has(node);
  }

  /** Whether every standby that the primary waits for is complete. */
  get settled(): boolean {
    return this.awaited.every((node) => this.complete.has(node));
  }

  /** Looks once which of the standbys stream, and lets the primary wait for those. None: it waits for nobody. */
  async keep(primary: PostgresServer, standbys: readonly string[]): Promise<void> {
    if (standbys.length === 0 && this.awaited.length === 0) return;
    const reached = this.mark === undefined ? "false" : `flush_lsn >= '${this.mark}'`;
    const sql = `SELECT application_name, ${reached} FROM pg_stat_replication WHERE state = 'streaming'`;
    const rows = (await primary.query(sql, "postgres", LIMIT_SECONDS)).filter(([name]) => standbys.includes(name!));
    const streaming = rows.map(([name]) => name!).sort();
    if (streaming.join() !== this.awaited.join()) return this.awaitOnly(streaming, primary);
    for (const [name, hasReached] of rows) if (hasReached === "t") this.complete.add(name!);
    if (!this.settled) this.mark ??= (await primary.query("SELECT pg_current_wal_flush_lsn()"))[0]![0];
  }

  /** There is a new primary, which waits for nobody yet. */
  reset(): void {
    this.awaited = [];
    this.complete.clear();
    this.mark = undefined;
  }

  private async awaitOnly(streaming: readonly string[], primary: PostgresServer): Promise<void> {
    // Before the primary knows: from then on they may miss what it acknowledges.
    for (const node of this.awaited) if (!streaming.includes(node)) this.complete.delete(node);
    this.mark = undefined;
    await primary.awaitStandbys(streaming);
    this.awaited = streaming;
    this.report(`${primary.node.name} waits for ${streaming.join(" or ") || "no standby"} when it commits`);
  }
}
