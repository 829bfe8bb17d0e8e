import type { DatabaseBackup, DatabaseOrigin } from "../../../platform/platform";
import { timestamp } from "../../clock";
import type { Cloud } from "../account/cloud";
import { adminUser } from "../account/database-connections";
import { failedPrecondition, unprocessable } from "../account/errors";
import { ok, type ApiRequest, type Handler } from "../account/route";
import type { DatabaseClusterRecord } from "../account/store";
import { findCluster, findDatabaseSize, newPassword } from "./database-servers";

const keptMilliseconds = 7 * 24 * 3_600_000;
const bytesPerGigabyte = 1e9;

/** `GET /v2/databases/:database/backups`. */
export const listBackups: Handler = async (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const backups = cluster.running ? await cloud.platform.databases.listBackups(cluster.id) : [];
  return ok({
    backups: backups.map(({ createdAt, sizeBytes }) => ({
      created_at: timestamp(createdAt),
      size_gigabytes: sizeBytes / bytesPerGigabyte,
      incremental: false,
    })),
    scheduled_backup_time: {
      backup_hour: cluster.config["backup_hour"],
      backup_minute: cluster.config["backup_minute"],
      backup_interval_hours: 24,
    },
  });
};

/** What a new cluster is made from: another one, and a state of it. */
export interface Restore {
  readonly source: DatabaseClusterRecord;
  readonly origin: DatabaseOrigin;
}

/**
 * `backup_restore` of a new cluster: the newest backup, the one whose time is named, or any moment of the last seven days
 * that the backups reach. It is the same as forking a cluster: the plan may not be smaller.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/fork-clusters/
 */
export async function readRestore(cloud: Cloud, { body }: ApiRequest): Promise<Restore | undefined> {
  if (!body.has("backup_restore")) return undefined;
  const restore = body.object("backup_restore");
  const name = restore.text("database_name");
  const source = [...cloud.store.clusters.values()].find((cluster) => cluster.name === name);
  if (!source) throw unprocessable(`backup_restore.database_name: no cluster has the name ${name}`);
  const backups = source.running ? await cloud.platform.databases.listBackups(source.id) : [];
  checkPlan(cloud, body.text("size"), source);
  return {
    source,
    origin: { clusterId: source.id, ...chooseBackup(cloud, restore.optionalText("backup_created_at"), backups) },
  };
}

/** Users of a restored cluster keep their passwords. One that its source has not got any more gets a new one. */
export async function takeOverContents(
  cloud: Cloud,
  cluster: DatabaseClusterRecord,
  { source }: Restore,
): Promise<void> {
  const { databases } = cloud.platform;
  const contents = await databases.listContents(cluster.id);
  const others = contents.users.filter((name) => name !== adminUser);
  for (const name of others) {
    const password = source.users.find((user) => user.name === name)?.password ?? newPassword();
    await databases.setUser(cluster.id, name, password);
    cluster.users.push({ name, role: "normal", password });
  }
  cluster.databases = [...contents.databases];
}

function checkPlan(cloud: Cloud, size: string, source: DatabaseClusterRecord): void {
  const [plan, sourcePlan] = [findDatabaseSize(cloud, size), findDatabaseSize(cloud, source.size)];
  if (plan.memory < sourcePlan.memory || plan.storage < sourcePlan.storage)
    throw unprocessable(`size: must not be smaller than ${source.size}, the plan of ${source.name}, got ${size}`);
}

function chooseBackup(cloud: Cloud, wanted: string | undefined, backups: readonly DatabaseBackup[]) {
  const newest = backups.at(-1);
  if (!newest) throw failedPrecondition("cluster backup is not ready");
  if (wanted === undefined) return { backup: newest.createdAt, until: undefined };
  const path = "backup_restore.backup_created_at";
  const moment = Date.parse(wanted);
  if (Number.isNaN(moment)) throw unprocessable(`${path}: must be a time such as 2026-01-31T19:25:22Z, got ${wanted}`);
  const named = backups.find(({ createdAt }) => timestamp(createdAt) === timestamp(moment));
  if (named) return { backup: named.createdAt, until: undefined };
  const before = backups.findLast(({ createdAt }) => createdAt <= moment);
  const now = cloud.clock.now();
  const oldest = Math.max(backups[0]!.createdAt, now - keptMilliseconds);
  if (!before || moment < oldest || moment > now)
    throw unprocessable(`${path}: must be from ${timestamp(oldest)} to ${timestamp(now)}, got ${wanted}`);
  return { backup: before.createdAt, until: moment };
}
