import { notZero } from "../plugin/checks";
import { retryWhile } from "../plugin/deadline";
import type { ResourceType } from "../plugin/provider";
import { computed, required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { isStatus, saying, type DigitalOceanClient } from "./client";

interface KeyAnswer {
  readonly ssh_key: {
    readonly id: number;
    readonly name: string;
    readonly public_key: string;
    readonly fingerprint: string;
  };
}

/** `digitalocean_ssh_key` */
export const sshKey: ResourceType<DigitalOceanClient> = {
  timeouts: { create: "2m0s" },
  attributes: {
    id: sdkId,
    name: required("string", { check: notZero }),
    public_key: required("string", {
      forceNew: true,
      check: notZero,
      same: (stored, configured) => String(stored).trim() === String(configured).trim(),
    }),
    fingerprint: computed("string"),
  },

  async create({ client, planned, deadline, created }) {
    const body = { name: planned.name, public_key: planned.public_key };
    const answer = await saying("Error creating SSH Key:", client.post<KeyAnswer>("/v2/account/keys", body));
    const id = String(answer.ssh_key.id);
    created({ id });
    const look = () => client.get(`/v2/account/keys/${id}`);
    await saying(
      "Error retrieving SSH Key:",
      retryWhile((error) => isStatus(error, 404), look, deadline),
    );
    return readKey(client, id);
  },

  read: (state, { client }) => readKey(client, String(state.id)),

  async update({ client, planned, changed }) {
    const path = `/v2/account/keys/${planned.id}`;
    if (changed("name")) await saying("Failed to update SSH key:", client.put(path, { name: planned.name }));
    return readKey(client, String(planned.id));
  },

  delete: (state, { client }) => saying("Error deleting SSH key:", client.delete(`/v2/account/keys/${state.id}`)),

  import: (id) => ({ id }),
};

async function readKey(client: DigitalOceanClient, id: string): Promise<Values | undefined> {
  const answer = await saying("Error retrieving SSH key:", client.tryGet<KeyAnswer>(`/v2/account/keys/${id}`));
  if (!answer) return undefined;
  const { name, public_key, fingerprint } = answer.ssh_key;
  return { id, name, public_key, fingerprint };
}
