import type { Databases } from "../../platform";
import { asCidr } from "../cidr";
import type { Log } from "../log";
import { addressesOf } from "./firewall-rules";
import { hasTag, type DatabaseFirewallRule, type DropletRecord, type Store } from "./store";

/**
 * The CIDRs that may connect to a database by its rules; undefined, open to everyone, while it has none. A tag or a
 * droplet counts with its public and its private address.
 */
export function resolveTrustedSources(
  rules: ReadonlyArray<Pick<DatabaseFirewallRule, "type" | "value">>,
  droplets: readonly DropletRecord[],
): string[] | undefined {
  if (rules.length === 0) return undefined;
  const cidrs = rules.flatMap(({ type, value }) => {
    if (type === "ip_addr") return [asCidr(value)];
    if (type === "tag") return droplets.filter(({ tags }) => hasTag(tags, value)).flatMap(addressesOf);
    if (type === "droplet") return droplets.filter(({ id }) => `${id}` === value).flatMap(addressesOf);
    return [];
  });
  return [...new Set(cidrs)].sort();
}

/** Returns the run that hands the trusted sources of every running database to the platform, where they changed. */
export function applyTrustedSources(
  store: Store,
  databases: Pick<Databases, "setTrustedSources">,
  log: Log,
): () => Promise<void> {
  const applied = new Map<string, string>();
  return async () => {
    const droplets = [...store.droplets.values()];
    const failures: unknown[] = [];
    const servers = store.databaseServers().filter(({ status }) => status === "online" || status === "resizing");
    for (const id of applied.keys()) if (!servers.some((server) => server.id === id)) applied.delete(id);
    for (const { id, rules } of servers) {
      const sources = resolveTrustedSources(rules, droplets);
      const wanted = sources === undefined ? undefined : JSON.stringify(sources);
      if (applied.get(id) === wanted) continue;
      try {
        await databases.setTrustedSources(id, sources);
        if (wanted === undefined) applied.delete(id);
        else applied.set(id, wanted);
      } catch (error) {
        failures.push(error);
        log.error({ err: error, database: id }, "the platform refused the trusted sources of a database");
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "trusted sources could not be applied");
  };
}
