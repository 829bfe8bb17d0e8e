import { notZero } from "../plugin/checks";
import type { ResourceType } from "../plugin/provider";
import { required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { importMember } from "./cluster-member";

const databaseId = (clusterId: string, name: string): string => `${clusterId}/database/${name}`;

/** `digitalocean_database_db` */
export const databaseDb: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { forceNew: true, check: notZero }),
    cluster_id: required("string", { forceNew: true, check: notZero }),
  },

  async create({ client, planned, created }) {
    const path = `/v2/databases/${planned.cluster_id}/dbs`;
    await saying("Error creating Database DB:", client.post(path, { name: planned.name }));
    const state = { ...planned, id: databaseId(String(planned.cluster_id), String(planned.name)) };
    created({ id: state.id });
    return readDatabase(client, state);
  },

  read: (state, { client }) => readDatabase(client, state),

  delete: (state, { client }) => saying("Error deleting Database DB:", client.delete(databasePath(state))),

  import: importMember("database", databaseId),
};

async function readDatabase(client: DigitalOceanClient, state: Values): Promise<Values | undefined> {
  const answer = await saying("Error retrieving Database DB:", client.tryGet<object>(databasePath(state)));
  return answer && state;
}

function databasePath({ cluster_id, name }: Values): string {
  return `/v2/databases/${cluster_id}/dbs/${name}`;
}
