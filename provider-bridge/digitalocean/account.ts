import type { DataSource } from "../plugin/provider";
import { computed, sdkId } from "../plugin/schema";
import type { Values, ValueType } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { pick } from "./record-list";

const record = {
  uuid: "string",
  email: "string",
  email_verified: "bool",
  droplet_limit: "number",
  floating_ip_limit: "number",
  status: "string",
  status_message: "string",
} satisfies Record<string, ValueType>;

/** `data.digitalocean_account` */
export const account: DataSource<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    uuid: computed("string"),
    email: computed("string"),
    email_verified: computed("bool"),
    droplet_limit: computed("number"),
    floating_ip_limit: computed("number"),
    status: computed("string"),
    status_message: computed("string"),
  },

  async read(_, { client }) {
    const answer = await saying("Error retrieving account:", client.get<{ account: Values }>("/v2/account"));
    return { id: answer.account.uuid ?? null, ...pick(answer.account, record) };
  },
};
