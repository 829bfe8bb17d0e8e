import { oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, optional, required, setOf } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { setValue } from "./tag-set";

interface CheckAnswer {
  readonly check: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly target: string;
    readonly regions?: readonly string[] | null;
    readonly enabled: boolean;
  };
}

/** `digitalocean_uptime_check`. Without `regions` the API's own choice is a change in every plan. */
export const uptimeCheck: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: computed("string", { forceNew: true }),
    name: required("string"),
    target: required("string"),
    type: optional("string", { default: "https", check: oneOf("ping", "http", "https") }),
    regions: optional(setOf("string")),
    enabled: optional("bool", { default: true }),
  },

  async create({ client, planned, created }) {
    const post = client.post<CheckAnswer>("/v2/uptime/checks", checkBody(planned));
    const answer = await saying("Error creating Check:", post);
    created({ id: answer.check.id });
    return readCheck(client, answer.check.id);
  },

  read: (state, { client }) => readCheck(client, String(state.id)),

  async update({ client, planned }) {
    await saying("Error updating uptime check:", client.put(`/v2/uptime/checks/${planned.id}`, checkBody(planned)));
    return readCheck(client, String(planned.id));
  },

  delete: (state, { client }) =>
    saying("Error deleting uptime checks:", client.delete(`/v2/uptime/checks/${state.id}`)),

  import: (id) => ({ id }),
};

function checkBody(planned: Values): object {
  const fields = new Fields(planned);
  const regions = fields.strings("regions");
  return {
    name: fields.string("name"),
    type: fields.string("type"),
    target: fields.string("target"),
    regions: regions.length > 0 ? regions : null,
    enabled: fields.bool("enabled"),
  };
}

async function readCheck(client: DigitalOceanClient, id: string): Promise<Values | undefined> {
  const answer = await saying("Error retrieving check:", client.tryGet<CheckAnswer>(`/v2/uptime/checks/${id}`));
  if (!answer) return undefined;
  const { name, target, type, regions, enabled } = answer.check;
  return { id, name, target, enabled, regions: setValue(regions), ...(type && { type }) };
}
