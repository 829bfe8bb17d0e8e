import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster";

const INTERVAL_MILLISECONDS = 1000;

export interface Supervision {
  /** Resolves when the last check has ended. */
  stop(): Promise<void>;
}

/** Checks every cluster once a second, each on its own, and goes on after a check that failed. */
export function superviseClusters(
  clusters: () => ReadonlyArray<Pick<Cluster, "check" | "settings">>,
  report: (event: string) => void,
  intervalMilliseconds = INTERVAL_MILLISECONDS,
): Supervision {
  const stopped = new AbortController();
  const running = new Set<unknown>();
  const checkOne = async (cluster: Pick<Cluster, "check" | "settings">) => {
    if (running.has(cluster)) return;
    running.add(cluster);
    try {
      await cluster.check();
    } catch (error) {
      report(`${cluster.settings.name}: ${(error as Error).message}`);
    } finally {
      running.delete(cluster);
    }
  };
  const loop = async () => {
    let checks: Array<Promise<void>> = [];
    while (!stopped.signal.aborted) {
      checks = clusters().map(checkOne);
      await sleep(intervalMilliseconds, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    await Promise.all(checks);
  };
  const ended = loop();
  return {
    stop: async () => {
      stopped.abort();
      await ended;
    },
  };
}
