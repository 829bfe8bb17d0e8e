import { setTimeout as delay } from "node:timers/promises";
import { renderGoDuration } from "./go-duration";

/** The end of one operation on one resource: its time limit, or an interrupt by Terraform. */
export class Deadline {
  private readonly endsAt: number;

  constructor(
    /** The operation's whole time limit. */
    readonly limitSeconds: number,
    private readonly interrupted: AbortSignal,
  ) {
    this.endsAt = Date.now() + limitSeconds * 1000;
  }

  /** Waits; throws with the texts of Go's contexts when the deadline comes first. */
  async sleep(seconds: number): Promise<void> {
    const left = this.endsAt - Date.now();
    if (this.interrupted.aborted) throw new Error("context canceled");
    try {
      await delay(Math.max(0, Math.min(seconds * 1000, left)), undefined, { signal: this.interrupted });
    } catch {
      throw new Error("context canceled");
    }
    if (seconds * 1000 >= left) throw new Error("context deadline exceeded");
  }
}

/**
 * Pauses between two looks, in seconds: 0.2, then half as much again each time, up to 3. The real providers start with
 * 10 or 15 seconds; the local cloud is faster than that. Ten waits at once, Terraform's default, stay below the API's
 * limit of 250 requests a minute.
 */
export function* pauses(): Generator<number, never> {
  for (let seconds = 0.2; ; seconds = Math.min(3, seconds * 1.5)) yield seconds;
}

export interface StateWait {
  readonly target: string;
  /** States on the way to the target; any other one is an error. */
  readonly pending: readonly string[];
  /** The wait's own limit, beside the deadline of the operation. @default the whole time limit of the operation */
  readonly limitSeconds?: number;
  /** The state now; undefined while it is not known. */
  look(): Promise<string | undefined>;
}

/** Looks until the target state is there. The texts of the errors are those of the plugin SDK. */
export async function waitForState(wait: StateWait, deadline: Deadline): Promise<void> {
  const startedAt = Date.now();
  const limitSeconds = wait.limitSeconds ?? deadline.limitSeconds;
  // A wait that begins together with its operation ends just before it, so that the error is that of the wait.
  const graceSeconds = 0.05;
  for (const pause of pauses()) {
    const left = limitSeconds - graceSeconds - (Date.now() - startedAt) / 1000;
    // After a stall of this process both may be over: then the error is still that of the wait.
    if (left > 0) await deadline.sleep(Math.min(pause, left));
    if (left <= pause) throw timedOut(wait.target, limitSeconds);
    const state = await wait.look();
    if (state === wait.target) return;
    if (state !== undefined && !wait.pending.includes(state)) {
      throw new Error(`unexpected state '${state}', wanted target '${wait.target}'`);
    }
  }
}

function timedOut(target: string, limitSeconds: number): Error {
  const limit = renderGoDuration(limitSeconds);
  return new Error(`timeout while waiting for state to become '${target}' (timeout: ${limit})`);
}

/** Tries again as long as the error is a passing one; at the deadline the last error is the result. */
export async function retryWhile<Result>(
  isPassing: (error: unknown) => boolean,
  attempt: () => Promise<Result>,
  deadline: Deadline,
): Promise<Result> {
  const pause = pauses();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const rest = deadline.sleep(pause.next().value);
      await rest.catch(() => {
        throw error;
      });
    }
  }
}
