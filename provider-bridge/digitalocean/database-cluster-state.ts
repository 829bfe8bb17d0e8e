import { Fields } from "../plugin/fields";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { connectionState, type Connection, type Connections } from "./database-connection";
import { setValue } from "./tag-set";

/** The fields of a cluster that the provider reads. */
export interface Cluster extends Connections {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly size: string;
  readonly region: string;
  readonly num_nodes: number;
  readonly storage_size_mib: number;
  readonly private_network_uuid: string;
  readonly project_id: string;
  readonly tags?: readonly string[] | null;
  readonly maintenance_window?: { readonly day: string; readonly hour: string } | null;
  readonly ui_connection?: Connection | null;
  readonly metrics_endpoints?: readonly { readonly host: string; readonly port: number }[] | null;
}

/** Reads a cluster; undefined when it is gone. `prior` says what the configuration has, and what was known before. */
export async function readCluster(client: DigitalOceanClient, prior: Values): Promise<Values | undefined> {
  const path = `/v2/databases/${prior.id}`;
  const answer = await saying("Error retrieving database cluster:", client.tryGet<{ database: Cluster }>(path));
  if (!answer) return undefined;
  const cluster = answer.database;
  const { connection, ui_connection: ui, metrics_endpoints: endpoints } = cluster;
  return {
    id: cluster.id,
    name: cluster.name,
    engine: cluster.engine,
    version: cluster.version,
    size: cluster.size,
    region: cluster.region,
    node_count: cluster.num_nodes,
    storage_size_mib: String(cluster.storage_size_mib),
    tags: setValue(cluster.tags),
    private_network_uuid: cluster.private_network_uuid,
    project_id: cluster.project_id,
    urn: `do:dbaas:${cluster.id}`,
    ...connectionState(cluster, prior),
    ...(connection && { database: connection.database, user: connection.user }),
    ...(ui && { ui_host: ui.host, ui_port: ui.port, ui_database: ui.database, ui_user: ui.user, ui_uri: ui.uri }),
    ...(ui && { ui_password: ui.password ?? "" }),
    ...(endpoints?.length && {
      metrics_endpoints: endpoints.map(({ host, port }) => `https://${host}:${port}/metrics`),
    }),
    ...(new Fields(prior).has("maintenance_window") && maintenanceState(cluster)),
  };
}

function maintenanceState({ maintenance_window: window }: Cluster): Values {
  if (!window) {
    throw new Error("database.maintenance_window: missing in the API's answer; the real provider crashes on it");
  }
  return { maintenance_window: [{ day: window.day, hour: window.hour }] };
}
