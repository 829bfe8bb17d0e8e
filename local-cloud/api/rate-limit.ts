import type { Clock } from "./clock";

/** At most `requests` in any `seconds`. */
export interface RateWindow {
  readonly requests: number;
  readonly seconds: number;
}

/** What a rate limit says about one request. Times are in seconds, `reset` since the epoch. */
export interface RateVerdict {
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
  /** Set when the request is refused: how long to wait. */
  readonly retryAfter: number | undefined;
}

/** Sliding-window limits per caller. Refused requests do not count. The first window is the one that is reported. */
export class RateLimit {
  private readonly accepted = new Map<string, number[]>();

  constructor(
    private readonly windows: readonly [RateWindow, ...RateWindow[]],
    private readonly clock: Clock,
  ) {}

  /** Counts one request of `caller`, unless it is one too many. */
  count(caller: string): RateVerdict {
    const now = this.clock.now();
    const longest = Math.max(...this.windows.map((window) => window.seconds));
    const times = (this.accepted.get(caller) ?? []).filter((time) => time > now - longest * 1000);
    this.accepted.set(caller, times);
    const waits = this.windows.map((window) => secondsUntilFree(times, window, now));
    const wait = Math.max(...waits);
    if (wait === 0) times.push(now);
    const [reported] = this.windows;
    const counted = times.filter((time) => time > now - reported.seconds * 1000);
    return {
      limit: reported.requests,
      remaining: reported.requests - counted.length,
      reset: Math.ceil((counted[0] ?? now) / 1000) + reported.seconds,
      retryAfter: wait === 0 ? undefined : wait,
    };
  }
}

function secondsUntilFree(times: readonly number[], window: RateWindow, now: number): number {
  const inWindow = times.filter((time) => time > now - window.seconds * 1000);
  const oldestToExpire = inWindow[inWindow.length - window.requests];
  if (oldestToExpire === undefined) return 0;
  return Math.max(1, Math.ceil((oldestToExpire + window.seconds * 1000 - now) / 1000));
}
