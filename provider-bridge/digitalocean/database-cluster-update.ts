import { Fields } from "../plugin/fields";
import { parseGoDuration } from "../plugin/go-duration";
import type { UpdateCall } from "../plugin/provider";
import { isObject, type Values } from "../plugin/values";
import { isStatus, saying, type DigitalOceanClient } from "./client";
import { readCluster } from "./database-cluster-state";
import { waitForCluster } from "./database-wait";
import { maintenanceBody } from "./maintenance-window";
import { changeTags } from "./tag-set";

type Update = UpdateCall<DigitalOceanClient>;

/** Changes a cluster in place, one thing after the other, in the order of the real provider. */
export async function updateCluster(call: Update): Promise<Values | undefined> {
  try {
    await resize(call);
    await migrate(call);
    await moveMaintenance(call);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
  await upgrade(call);
  await retag(call);
  return readCluster(call.client, call.planned);
}

async function resize(call: Update): Promise<void> {
  if (!call.changed("size", "node_count", "storage_size_mib")) return;
  const fields = new Fields(call.planned);
  const storage = call.changed("storage_size_mib") ? Number(fields.string("storage_size_mib")) : 0;
  const body = {
    size: fields.string("size"),
    num_nodes: fields.number("node_count"),
    storage_size_mib: storage || undefined,
  };
  await saying("Error resizing database cluster:", call.client.put(`${pathOf(call)}/resize`, body));
  await saying("Error resizing database cluster:", waitUntilBack(call));
}

async function migrate(call: Update): Promise<void> {
  if (!call.changed("region")) return;
  const body = { region: new Fields(call.config).string("region"), private_network_uuid: "" };
  await saying("Error migrating database cluster:", call.client.put(`${pathOf(call)}/migrate`, body));
  await saying("Error migrating database cluster:", waitUntilBack(call));
}

async function moveMaintenance(call: Update): Promise<void> {
  if (!call.changed("maintenance_window")) return;
  const window = maintenanceBody(call.planned);
  if (!window) throw new Error("maintenance_window: cannot be removed; the real provider crashes on it");
  const put = call.client.put(`${pathOf(call)}/maintenance`, window);
  await saying("Error updating maintenance window for database cluster:", put);
}

/** Nobody waits for the end of an upgrade. */
async function upgrade(call: Update): Promise<void> {
  if (!call.changed("version")) return;
  const put = call.client.put(`${pathOf(call)}/upgrade`, { version: new Fields(call.planned).string("version") });
  await saying("Error upgrading version for database cluster:", put);
}

async function retag({ client, prior, planned, changed }: Update): Promise<void> {
  if (!changed("tags")) return;
  const cluster = { id: String(prior.id), type: "database" } as const;
  const [before, after] = [new Fields(prior).strings("tags"), new Fields(planned).strings("tags")];
  await saying("Error updating tags:", changeTags(client, cluster, before, after));
}

/** The limit of this wait is the one for a creation. */
function waitUntilBack(call: Update): Promise<void> {
  const { timeouts } = call.planned;
  const limit = isObject(timeouts) && typeof timeouts.create === "string" ? timeouts.create : "30m0s";
  return waitForCluster(call.client, pathOf(call), parseGoDuration(limit), call.deadline);
}

function pathOf({ prior }: Update): string {
  return `/v2/databases/${prior.id}`;
}
