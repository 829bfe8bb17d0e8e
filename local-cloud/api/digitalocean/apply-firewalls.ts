import type { Network } from "../../platform";
import type { Log } from "../log";
import { resolveFirewallRules } from "./firewall-rules";
import type { Store } from "./store";

/**
 * Returns the run that hands every droplet's rules to the network, for those droplets whose rules changed since the
 * last hand-over. One that fails does not keep the others from theirs; the run then rejects.
 */
export function applyFirewalls(store: Store, network: Pick<Network, "setFirewall">, log: Log): () => Promise<void> {
  const applied = new Map<number, string>();
  return async () => {
    const droplets = [...store.droplets.values()];
    const firewalls = [...store.firewalls.values()];
    const failures: unknown[] = [];
    for (const id of new Set([...applied.keys(), ...store.droplets.keys()])) {
      const droplet = store.droplets.get(id);
      const rules = droplet && resolveFirewallRules(droplet, firewalls, droplets);
      const wanted = rules === undefined ? undefined : JSON.stringify(rules);
      if (applied.get(id) === wanted) continue;
      try {
        await network.setFirewall(id, rules);
        if (wanted === undefined) applied.delete(id);
        else applied.set(id, wanted);
      } catch (error) {
        failures.push(error);
        log.error({ err: error, droplet: id }, "the platform refused the firewall of a droplet");
      }
    }
    for (const firewall of firewalls) firewall.status = failures.length === 0 ? "succeeded" : "failed";
    if (failures.length > 0) throw new AggregateError(failures, "cloud firewalls could not be applied");
  };
}
