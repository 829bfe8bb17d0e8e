import { lengthBetween, notZero, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { optional, required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { importMember } from "./cluster-member";
import { connectionAttributes, connectionState, type Connections } from "./database-connection";

interface PoolAnswer {
  readonly pool: Connections & {
    readonly name: string;
    readonly user: string;
    readonly mode: string;
    readonly size: number;
    readonly db: string;
  };
}

const poolId = (clusterId: string, name: string): string => `${clusterId}/${name}`;

/** `digitalocean_database_connection_pool` */
export const databaseConnectionPool: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    cluster_id: required("string", { forceNew: true, check: notZero }),
    name: required("string", { forceNew: true, check: lengthBetween(3, 63) }),
    user: optional("string", { forceNew: true, check: notZero }),
    mode: required("string", { forceNew: true, check: oneOf("session", "transaction", "statement") }),
    size: required("number", { forceNew: true, check: notZero }),
    db_name: required("string", { forceNew: true, check: notZero }),
    ...connectionAttributes,
  },

  async create({ client, planned, created }) {
    const fields = new Fields(planned);
    const clusterId = fields.string("cluster_id");
    const body = {
      user: fields.string("user"),
      name: fields.string("name"),
      size: fields.number("size"),
      db: fields.string("db_name"),
      mode: fields.string("mode"),
    };
    const answer = await saying(
      "Error creating DatabaseConnectionPool:",
      client.post<PoolAnswer>(`/v2/databases/${clusterId}/pools`, body),
    );
    const state = { id: poolId(clusterId, answer.pool.name), ...connectionState(answer.pool, {}) };
    created(state);
    return readPool(client, { ...planned, ...state });
  },

  read: (state, { client }) => readPool(client, state),

  delete: (state, { client }) => saying("Error deleting DatabaseConnectionPool:", client.delete(poolPath(state))),

  import: importMember("connection pool", poolId),
};

async function readPool(client: DigitalOceanClient, prior: Values): Promise<Values | undefined> {
  const answer = await saying("Error retrieving DatabaseConnectionPool:", client.tryGet<PoolAnswer>(poolPath(prior)));
  if (!answer) return undefined;
  const { name, user, mode, size, db } = answer.pool;
  return { id: prior.id ?? null, name, user, mode, size, db_name: db, ...connectionState(answer.pool, prior) };
}

function poolPath({ cluster_id, name }: Values): string {
  return `/v2/databases/${cluster_id}/pools/${name}`;
}
