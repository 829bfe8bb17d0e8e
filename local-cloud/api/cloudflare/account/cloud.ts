import type { Platform } from "../../../platform/platform";
import type { Clock } from "../../clock";
import type { Log } from "../../log";
import { Reconciler } from "../../reconciler";
import { edgeHostnames, publicRecords } from "./edge-hostnames";
import { Store } from "./store";

/** Everything that handlers work with. */
export interface Cloud {
  readonly store: Store;
  readonly platform: Pick<Platform, "edge">;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings the edge and the public DNS in line with the store. */
  readonly edge: Reconciler;
}

/** An account without zones. */
export function createCloud(parts: Pick<Cloud, "platform" | "clock" | "log">): Cloud {
  const store = new Store();
  return { ...parts, store, edge: new Reconciler(applyEdge(store, parts.platform, parts.log)) };
}

/** Called after every change: in the background, as Cloudflare's own edge follows its API. */
export function edgeChanged(cloud: Cloud): void {
  cloud.edge.request().catch(() => undefined);
}

/** Returns the run that hands hostnames and records to the edge, where they changed since the last hand-over. */
function applyEdge(store: Store, platform: Pick<Platform, "edge">, log: Log): () => Promise<void> {
  let hostnamesApplied = "[]";
  let recordsApplied = "[]";
  return async () => {
    const zones = [...store.zones.values()];
    const hostnames = zones.flatMap(edgeHostnames);
    const records = zones.flatMap(publicRecords);
    try {
      if (JSON.stringify(hostnames) !== hostnamesApplied) await platform.edge.setHostnames(hostnames);
      hostnamesApplied = JSON.stringify(hostnames);
      if (JSON.stringify(records) !== recordsApplied) await platform.edge.setRecords(records);
      recordsApplied = JSON.stringify(records);
    } catch (error) {
      log.error({ err: error, hostnames: hostnames.map(({ hostname }) => hostname) }, "the edge refused a change");
      throw error;
    }
  };
}
