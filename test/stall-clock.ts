/**
 * Measures what a user is promised to get within a time, on a machine that has other things to do. Looks every 20 ms: when
 * the next look is late by more than a tenth of a second, the machine stood still or was somebody else's, and that is no
 * time that the program took. Whoever measures must not block: a program is awaited, not run synchronously.
 */
export class StallClock implements Disposable {
  private readonly started = performance.now();
  private looked = this.started;
  private stalled = 0;
  private readonly timer = setInterval(() => this.look(), 20);

  /** Milliseconds since it was made, without the stalls; says how much that was, if any. */
  elapsed(): number {
    const seen = this.look() - this.started;
    if (this.stalled > 0)
      process.stdout.write(`${Math.round(seen)} ms, ${Math.round(this.stalled)} of them the machine's own stalls\n`);
    return seen - this.stalled;
  }

  private look(): number {
    const now = performance.now();
    if (now - this.looked > 120) this.stalled += now - this.looked;
    return (this.looked = now);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
