import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../programs/user-error";
import { type ComparedTable, compareTables } from "./compare-tables";
import type { Cluster, DatabaseService } from "./database-service";
import { sumTables, type TableSums } from "./table-sums";

export interface DrillOptions {
  readonly source: Cluster;
  /** What the second cluster is called. */
  readonly name: string;
  /** ISO 8601; undefined: the newest moment that there is. */
  readonly at: string | undefined;
  /** Address of this machine, which is let in to both clusters meanwhile. @default who may come in stays as it is */
  readonly address: string | undefined;
  /** Leaves the second cluster where it is. */
  readonly keep: boolean;
  /** Told what goes on. */
  readonly say: (line: string) => void;
}

export interface DrillReport {
  /** The moment whose state was restored, ISO 8601. */
  readonly recoveryPoint: string;
  /** From the request until the second cluster answered. */
  readonly recoverySeconds: number;
  /** Whether the tables are judged: an older state than the newest has every right to be another one. */
  readonly judged: boolean;
  readonly tables: readonly ComparedTable[];
}

const ONLINE_LIMIT_SECONDS = 3600;

/**
 * Restores a cluster beside the first, reads every row of both, and takes the second away, also when something went wrong
 * on the way.
 */
export async function drill(service: DatabaseService, options: DrillOptions): Promise<DrillReport> {
  const { source, address, say } = options;
  const rules = await service.trustedSources(source.id);
  const opened = address === undefined ? rules : [...rules, { type: "ip_addr", value: address }];
  // A cluster without any rule lets everyone in.
  const isClosed = address !== undefined && rules.length > 0 && !rules.some(({ value }) => value === address);
  if (isClosed) await service.setTrustedSources(source.id, opened);
  try {
    say(`reading every row of ${source.name}`);
    const before = await sumTables(source, await service.authority(source.id));
    return await restoreAndCompare(service, { ...options, rules: isClosed ? opened : rules }, before);
  } finally {
    if (isClosed) await service.setTrustedSources(source.id, rules);
  }
}

async function restoreAndCompare(
  service: DatabaseService,
  options: DrillOptions & { readonly rules: Awaited<ReturnType<DatabaseService["trustedSources"]>> },
  before: TableSums,
): Promise<DrillReport> {
  const { source, name, keep, say, rules } = options;
  const recoveryPoint = options.at ?? (await nextSecond());
  const began = performance.now();
  say(`restoring ${source.name} as of ${recoveryPoint} into ${name}`);
  const { id } = await service.restore(source, name, recoveryPoint);
  try {
    const restored = await service.untilOnline(id, ONLINE_LIMIT_SECONDS);
    const recoverySeconds = (performance.now() - began) / 1000;
    if (rules.length > 0) await service.setTrustedSources(id, rules);
    say(`${name} is online after ${recoverySeconds.toFixed(0)} s; reading every row of both`);
    const own = await sumTables(restored, await service.authority(id));
    const after = await sumTables(source, await service.authority(source.id));
    const judged = options.at === undefined;
    return { recoveryPoint, recoverySeconds, judged, tables: compareTables(before, after, own) };
  } finally {
    if (keep) say(`${name} stays, and costs: delete it in the control panel, or with doctl databases delete ${id}`);
    else await service.destroy(id);
  }
}

/** DigitalOcean takes whole seconds; what was read until now has to be before that moment. */
async function nextSecond(): Promise<string> {
  const moment = Math.ceil(Date.now() / 1000) * 1000;
  await sleep(moment - Date.now() + 1000);
  return new Date(moment).toISOString().replace(".000Z", "Z");
}

/** The cluster of that name, or the only one that there is; throws with the names otherwise. */
export function chooseCluster(clusters: readonly Cluster[], name: string | undefined): Cluster {
  const postgres = clusters.filter(({ engine }) => engine === "pg");
  const known = postgres.map((one) => one.name).join(", ") || "none";
  if (name === undefined && postgres.length !== 1) throw new UserError(`cluster: which one? name one of ${known}`);
  const found = name === undefined ? postgres[0] : postgres.find((one) => one.name === name);
  if (found === undefined) throw new UserError(`cluster: must be one of ${known}, got "${name}"`);
  return found;
}
