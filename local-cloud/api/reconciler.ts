/**
 * Brings something outside in line with the state inside, one run at a time: requests made during a run share the next.
 */
export class Reconciler {
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** `run` reads the state when it starts, so that nothing stale is applied. */
  constructor(private readonly run: () => Promise<void>) {}

  /** Whether a run has been requested that has not begun. */
  get waiting(): boolean {
    return this.next !== undefined;
  }

  /** Resolves when a run that began after this call has ended; rejects as that run does. */
  request(): Promise<void> {
    this.next ??= this.running.then(() => {
      this.next = undefined;
      const current = this.run();
      this.running = current.catch(() => undefined);
      return current;
    });
    return this.next;
  }
}
