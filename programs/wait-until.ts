import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `probe` gives something other than undefined or false, and resolves to it.
 * Rejects after `limitSeconds` with what was waited for; an error of the probe ends the wait at once.
 */
export async function waitUntil<T>(
  what: string,
  limitSeconds: number,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  intervalMilliseconds = 10,
): Promise<T> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitSeconds} s`);
    await sleep(intervalMilliseconds);
  }
}
