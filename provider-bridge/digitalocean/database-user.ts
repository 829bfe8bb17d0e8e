import { notZero, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import { KeyedTurns } from "../../programs/turns";
import type { DataSource, ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId, type NestedBlock } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { importMember } from "./cluster-member";

interface UserAnswer {
  readonly user: { readonly name: string; readonly role?: string; readonly password?: string };
}

const secret = computed("string", { sensitive: true });
const userId = (clusterId: string, name: string): string => `${clusterId}/user/${name}`;

/** The API confuses changes of users of one cluster that come at the same time. */
const clusters = new KeyedTurns();

/** For Kafka and OpenSearch; a PostgreSQL user has none. */
const settingsBlock: NestedBlock = {
  nesting: "list",
  block: {
    attributes: {},
    blocks: {
      acl: {
        nesting: "list",
        block: {
          attributes: {
            id: computed("string"),
            topic: required("string", { check: notZero }),
            permission: required("string", { check: oneOf("admin", "consume", "produce", "produceconsume") }),
          },
        },
      },
      opensearch_acl: {
        nesting: "list",
        block: {
          attributes: {
            index: required("string", { check: notZero }),
            permission: required("string", { check: oneOf("deny", "admin", "read", "write", "readwrite") }),
          },
        },
      },
    },
  },
};

/** `digitalocean_database_user` */
export const databaseUser: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { forceNew: true, check: notZero }),
    cluster_id: required("string", { forceNew: true, check: notZero }),
    mysql_auth_plugin: optional("string", { check: oneOf("mysql_native_password", "caching_sha2_password") }),
    role: computed("string"),
    password: secret,
    access_cert: secret,
    access_key: secret,
  },
  blocks: { settings: settingsBlock },

  adjustPlan({ planned }) {
    const fields = new Fields(planned);
    for (const name of ["mysql_auth_plugin", "settings"]) {
      if (fields.has(name)) throw new Error(`${name}: the local cloud has PostgreSQL only, got a value, allowed none`);
    }
    return planned;
  },

  async create({ client, planned, created }) {
    const path = `/v2/databases/${planned.cluster_id}/users`;
    return clusters.run(String(planned.cluster_id), async () => {
      const answer = await saying(
        "Error creating Database User:",
        client.post<UserAnswer>(path, { name: planned.name }),
      );
      const state = { id: userId(String(planned.cluster_id), answer.user.name), ...userState(answer) };
      created(state);
      return state;
    });
  },

  async read(state, { client }) {
    const answer = await saying("Error retrieving Database User:", client.tryGet<UserAnswer>(userPath(state)));
    return answer && userState(answer);
  },

  delete: (state, { client }) =>
    clusters.run(String(state.cluster_id), () => {
      return saying("Error deleting Database User:", client.delete(userPath(state)));
    }),

  import: importMember("user", userId),
};

/** `data.digitalocean_database_user` */
export const existingDatabaseUser: DataSource<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { check: notZero }),
    cluster_id: required("string", { check: notZero }),
    mysql_auth_plugin: computed("string"),
    role: computed("string"),
    password: secret,
    access_cert: secret,
    access_key: secret,
  },
  blocks: { settings: settingsBlock },

  async read(user, { client }) {
    const answer = await saying("Error retrieving Database User:", client.get<UserAnswer>(userPath(user)));
    return { id: userId(String(user.cluster_id), answer.user.name), ...userState(answer) };
  },
};

/** A password that is not shown does not replace the one in the state. */
function userState({ user }: UserAnswer): Values {
  return { role: user.role || "normal", ...(user.password && { password: user.password }) };
}

function userPath({ cluster_id, name }: Values): string {
  return `/v2/databases/${cluster_id}/users/${name}`;
}
