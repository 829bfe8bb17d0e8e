/** Lets one piece of work run at a time, in the order in which they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Whether nothing runs or waits. */
  get idle(): boolean {
    return this.waiting === 0;
  }

  /** Resolves or rejects as `work` does, once it had its turn. A failure does not hold up the next. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const result = this.last.then(work).finally(() => this.waiting--);
    this.last = result.catch(() => undefined);
    return result;
  }
}

/** Turns for each of many things: work about the same one runs in order, work about different ones side by side. */
export class KeyedTurns {
  private readonly turns = new Map<string, Turns>();

  /** As `Turns.run`, for the thing that `key` names. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turns = this.turns.get(key) ?? new Turns();
    this.turns.set(key, turns);
    try {
      return await turns.run(work);
    } finally {
      if (turns.idle) this.turns.delete(key);
    }
  }
}
