import type { Log } from "./log";
import { Reconciler } from "./reconciler";

/** What a hand-over brings in line with what. */
export interface HandoverParts<Id, Value> {
  /** For the log: what is handed over. */
  readonly subject: string;
  /** What each id should have now; `undefined` is a value too: none. */
  readonly wanted: () => ReadonlyMap<Id, Value | undefined>;
  /** Hands one over to the platform. */
  readonly apply: (id: Id, value: Value | undefined) => Promise<void>;
  /** Whether `undefined` is handed over for an id that is no longer there. */
  readonly clearGone: boolean;
  /** Called after a run that no other is waiting to follow, so that the platform is now as wanted. */
  readonly afterLast?: (failures: number) => void;
  readonly log: Log;
}

/**
 * Keeps values on the platform in line with the store: one run at a time, only what changed since it was last handed
 * over, and a failure of one does not hold up the others. What failed is tried again with the next change.
 */
export class Handover<Id extends string | number, Value> {
  private readonly applied = new Map<Id, string>();
  private readonly failed = new Map<Id, unknown>();
  private readonly reconciler = new Reconciler(() => this.run());

  constructor(private readonly parts: HandoverParts<Id, Value>) {}

  /** Something changed: the platform follows in the background. */
  changed(): void {
    this.reconciler
      .request()
      .catch((error: unknown) => this.parts.log.error({ err: error }, `${this.parts.subject} could not be worked out`));
  }

  /** Resolves when everything as it is now has been handed over; rejects if that of `id` was refused. */
  async settled(id: Id): Promise<void> {
    await this.reconciler.request();
    if (this.failed.has(id)) throw this.failed.get(id);
  }

  private async run(): Promise<void> {
    const wanted = this.parts.wanted();
    this.failed.clear();
    for (const id of [...this.applied.keys()].filter((known) => !wanted.has(known))) {
      if (this.parts.clearGone) await this.apply(id, undefined);
      else this.applied.delete(id);
    }
    for (const [id, value] of wanted) await this.apply(id, value);
    if (!this.reconciler.waiting) this.parts.afterLast?.(this.failed.size);
  }

  private async apply(id: Id, value: Value | undefined): Promise<void> {
    const text = value === undefined ? undefined : JSON.stringify(value);
    if (this.applied.get(id) === text) return;
    try {
      await this.parts.apply(id, value);
      if (text === undefined) this.applied.delete(id);
      else this.applied.set(id, text);
    } catch (error) {
      this.failed.set(id, error);
      this.parts.log.error({ err: error, id }, `the platform refused ${this.parts.subject}`);
    }
  }
}
