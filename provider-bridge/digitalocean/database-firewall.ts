import { randomBytes } from "node:crypto";
import { notZero, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, required, sdkId, type NestedBlock } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";

interface RulesAnswer {
  readonly rules?: readonly {
    readonly uuid: string;
    readonly type: string;
    readonly value: string;
    readonly created_at: string;
  }[];
}

const ruleBlock: NestedBlock = {
  nesting: "set",
  minItems: 1,
  block: {
    attributes: {
      type: required("string", { check: oneOf("ip_addr", "droplet", "k8s", "tag", "app") }),
      value: required("string", { check: notZero }),
      uuid: computed("string"),
      created_at: computed("string"),
    },
  },
};

/**
 * `digitalocean_database_firewall`: the trusted sources of a cluster, or of a replica by its uuid. Always the whole
 * list; without one the database is open to everybody.
 */
export const databaseFirewall: ResourceType<DigitalOceanClient> = {
  attributes: { id: sdkId, cluster_id: required("string", { forceNew: true, check: notZero }) },
  blocks: { rule: ruleBlock },

  async create({ client, planned, created }) {
    await saying("Error creating DatabaseFirewall:", client.put(firewallPath(planned), rulesBody(planned)));
    const id = uniqueId(String(planned.cluster_id));
    created({ id });
    return readRules(client, { ...planned, id });
  },

  read: (state, { client }) => readRules(client, state),

  async update({ client, planned }) {
    await saying("Error updating DatabaseFirewall:", client.put(firewallPath(planned), rulesBody(planned)));
    return readRules(client, planned);
  },

  delete: (state, { client }) =>
    saying("Error deleting DatabaseFirewall:", client.put(firewallPath(state), { rules: [] })),

  import: (id) => ({ id: uniqueId(id), cluster_id: id }),
};

/** There is one firewall per cluster and the API gives it no id; the provider makes one up. */
function uniqueId(clusterId: string): string {
  return `${clusterId}-${Date.now()}${randomBytes(4).toString("hex")}`;
}

/** The two fields that the API fills in are sent empty, as the real provider does. */
function rulesBody(planned: Values): object {
  const rules = new Fields(planned).blocks("rule").map((rule) => ({
    uuid: rule.string("uuid"),
    cluster_uuid: "",
    type: rule.string("type"),
    value: rule.string("value"),
    created_at: "0001-01-01T00:00:00Z",
  }));
  return { rules };
}

async function readRules(client: DigitalOceanClient, state: Values): Promise<Values | undefined> {
  const path = firewallPath(state);
  const answer = await saying("Error retrieving DatabaseFirewall:", client.tryGet<RulesAnswer>(path));
  if (!answer) return undefined;
  const rule = (answer.rules ?? []).map(({ uuid, type, value, created_at }) => ({ uuid, type, value, created_at }));
  return { id: state.id ?? null, rule };
}

function firewallPath({ cluster_id }: Values): string {
  return `/v2/databases/${cluster_id}/firewall`;
}
