/** Lets pieces of work about the same thing run one after the other, in the order they came. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Resolves or rejects as `work` does, once it had its turn. A failure does not hold up the next. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === settled) this.last.delete(key);
      });
    this.last.set(key, settled);
    return mine;
  }
}
