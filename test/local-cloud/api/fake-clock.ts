import type { Clock } from "../../../local-cloud/api/clock";

/** A clock that stands still until a test moves it. Sleeping for no time ends at once. */
export class FakeClock implements Clock {
  private time = Date.parse("2026-01-15T09:00:00Z");
  private sleepers: Array<{ readonly until: number; readonly wake: () => void }> = [];

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return Promise.resolve();
    return new Promise((wake) => this.sleepers.push({ until: this.time + milliseconds, wake }));
  }

  /** Moves time, wakes who is due in order, and lets what follows from that happen. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.time + milliseconds;
    for (;;) {
      const due = this.sleepers.filter(({ until }) => until <= target).sort((one, other) => one.until - other.until);
      const next = due[0];
      if (!next) break;
      this.time = Math.max(this.time, next.until);
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
      await settle();
    }
    this.time = target;
    await settle();
  }
}

/** Lets everything happen that only waits for promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
