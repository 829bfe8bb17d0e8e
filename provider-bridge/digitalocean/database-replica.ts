import { notZero } from "../plugin/checks";
import { retryWhile, type Deadline } from "../plugin/deadline";
import { Fields } from "../plugin/fields";
import type { CreateCall, ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { isStatus, saying, type DigitalOceanClient } from "./client";
import { importMember } from "./cluster-member";
import { connectionAttributes, connectionState, type Connections } from "./database-connection";
import { waitUntilOnline } from "./database-wait";
import { setValue, tags } from "./tag-set";

interface Replica extends Connections {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly size: string;
  readonly private_network_uuid: string;
  readonly storage_size_mib: number;
  readonly tags?: readonly string[] | null;
}

interface ReplicaAnswer {
  readonly replica: Replica;
}

const onlineLimitSeconds = 30 * 60;
const replicaId = (clusterId: string, name: string): string => `${clusterId}/replicas/${name}`;

/** `digitalocean_database_replica` */
export const databaseReplica: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { forceNew: true, check: notZero }),
    cluster_id: required("string", { forceNew: true, check: notZero }),
    uuid: computed("string", { forceNew: true }),
    region: optional("string", { forceNew: true }),
    size: optional("string"),
    private_network_uuid: optional("string", { computed: true, forceNew: true, check: notZero }),
    storage_size_mib: optional("string", { computed: true }),
    tags: tags({ forceNew: true }),
    ...connectionAttributes,
    database: computed("string"),
    user: computed("string"),
  },

  create: createReplica,

  read: (state, { client }) => readReplica(client, state),

  async update({ client, planned, deadline, changed }) {
    const fields = new Fields(planned);
    if (changed("size", "storage_size_mib")) {
      const body = {
        size: fields.string("size"),
        num_nodes: 1,
        storage_size_mib: Number(fields.string("storage_size_mib")) || undefined,
      };
      try {
        await saying("Error resizing database replica:", client.put(`/v2/databases/${planned.uuid}/resize`, body));
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
      await saying("Error resizing database replica:", waitForReplica(client, planned, deadline));
    }
    return readReplica(client, planned);
  },

  delete: (state, { client }) => saying("Error deleting DatabaseReplica:", client.delete(replicaPath(state))),

  import: importMember("replica", replicaId),
};

/** As with a cluster, only a replica that is online counts as created. */
async function createReplica(call: CreateCall<DigitalOceanClient>): Promise<Values | undefined> {
  const { client, planned, deadline, created } = call;
  const answer = await postReplica(client, planned, deadline);
  const state = { ...planned, ...connectionState(answer.replica, {}) };
  await saying("Error creating DatabaseReplica:", waitForReplica(client, planned, deadline));
  const id = replicaId(String(planned.cluster_id), answer.replica.name);
  created({ id, uuid: answer.replica.id });
  return readReplica(client, { ...state, id });
}

/** The API answers 412 until the first backup of a new cluster is made. */
function postReplica(client: DigitalOceanClient, planned: Values, deadline: Deadline): Promise<ReplicaAnswer> {
  const post = () =>
    client.post<ReplicaAnswer>(`/v2/databases/${planned.cluster_id}/replicas`, replicaBody(new Fields(planned)));
  return saying(
    "Error creating DatabaseReplica:",
    retryWhile((error) => isStatus(error, 412), post, deadline),
  );
}

function replicaBody(fields: Fields): object {
  const replicaTags = fields.strings("tags");
  return {
    name: fields.string("name"),
    region: fields.string("region"),
    size: fields.string("size"),
    private_network_uuid: fields.string("private_network_uuid"),
    storage_size_mib: Number(fields.string("storage_size_mib")) || undefined,
    tags: replicaTags.length > 0 ? replicaTags : undefined,
  };
}

async function readReplica(client: DigitalOceanClient, prior: Values): Promise<Values | undefined> {
  const get = client.tryGet<ReplicaAnswer>(replicaPath(prior));
  const answer = await saying("Error retrieving DatabaseReplica:", get);
  if (!answer) return undefined;
  const { replica } = answer;
  const { connection } = replica;
  return {
    id: prior.id ?? null,
    uuid: replica.id,
    region: replica.region,
    size: replica.size,
    private_network_uuid: replica.private_network_uuid,
    storage_size_mib: String(replica.storage_size_mib),
    tags: setValue(replica.tags),
    ...connectionState(replica, prior),
    ...(connection && { database: connection.database, user: connection.user }),
  };
}

function waitForReplica(client: DigitalOceanClient, values: Values, deadline: Deadline): Promise<void> {
  const wait = {
    path: replicaPath(values),
    key: "replica",
    title: "DatabaseReplica",
    limitSeconds: onlineLimitSeconds,
  };
  return waitUntilOnline(client, wait, deadline);
}

function replicaPath({ cluster_id, name }: Values): string {
  return `/v2/databases/${cluster_id}/replicas/${name}`;
}
