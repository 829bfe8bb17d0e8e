/** Time as the emulated APIs see it; tests inject one that they move by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `milliseconds` of this clock. */
  sleep(milliseconds: number): Promise<void>;
}

/** The machine's own time. A pending sleep does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds).unref();
    }),
};

/** RFC 3339 in UTC with whole seconds, as both vendors write it: `2026-01-15T09:00:00Z`. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** RFC 3339 in UTC with microseconds, as Cloudflare writes most times: `2026-01-15T09:00:00.000000Z`. */
export function preciseTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
