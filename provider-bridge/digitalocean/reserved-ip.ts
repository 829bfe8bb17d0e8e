import { isIPv4 } from "node:net";
import { waitForState, type Deadline } from "../plugin/deadline";
import { Fields } from "../plugin/fields";
import type { Call, ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { isStatus, prefixed, saying, type DigitalOceanClient } from "./client";
import type { Action } from "./droplet-wait";

interface ReservedIpAnswer {
  readonly reserved_ip: {
    readonly ip: string;
    readonly region?: { readonly slug: string } | null;
    readonly droplet?: { readonly id: number; readonly region: { readonly slug: string } } | null;
  };
}

/** The real provider waits up to an hour for an assignment. */
const assignLimitSeconds = 3600;

/**
 * `digitalocean_reserved_ip`. Without `droplet_id` it never looks at who holds the address, so that a failover makes
 * no difference; with it, every plan moves the address back.
 */
export const reservedIp: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    region: required("string", { forceNew: true, store: (region) => region.toLowerCase() }),
    droplet_id: optional("number"),
    ip_address: optional("string", {
      computed: true,
      check: (value, where) =>
        isIPv4(String(value)) ? undefined : `expected ${where} to contain a valid IPv4 address, got: ${value}`,
    }),
    urn: computed("string"),
  },

  async create({ client, planned, config, deadline, created }) {
    const answer = await saying(
      "Error creating reserved IP:",
      client.post<ReservedIpAnswer>("/v2/reserved_ips", { region: config.region }),
    );
    const id = answer.reserved_ip.ip;
    created({ id });
    const dropletId = new Fields(planned).number("droplet_id");
    if (dropletId !== 0) {
      const assignment = assign(client, id, dropletId, deadline);
      await saying(`Error Assigning reserved IP (${id}) to the Droplet:`, assignment);
    }
    return readReservedIp({ ...planned, id }, client);
  },

  read: (state, { client }) => readReservedIp(state, client),

  async update({ client, planned, deadline, changed }) {
    const id = String(planned.id);
    const dropletId = new Fields(planned).number("droplet_id");
    if (changed("droplet_id")) {
      if (dropletId === 0) {
        const removal = act(client, id, { type: "unassign" }, deadline);
        await saying(`Error unassigning reserved IP (${id}):`, removal);
      } else {
        const assignment = assign(client, id, dropletId, deadline);
        await saying(`Error assigning reserved IP (${id}) to the Droplet:`, assignment);
      }
    }
    return readReservedIp(planned, client);
  },

  async delete(state, { client, deadline }) {
    const id = String(state.id);
    if (new Fields(state).has("droplet_id")) {
      await act(client, id, { type: "unassign" }, deadline).catch((error) => {
        if (isStatus(error, 422)) return;
        throw prefixed(`Error unassigning reserved IP (${id}) from the droplet:`, error);
      });
    }
    await saying("Error deleting reserved IP:", client.delete(`/v2/reserved_ips/${id}`));
  },

  import: importReservedIp,
};

async function importReservedIp(id: string, { client }: Call<DigitalOceanClient>): Promise<Values> {
  const answer = await client.tryGet<ReservedIpAnswer>(`/v2/reserved_ips/${id}`);
  const droplet = answer?.reserved_ip.droplet;
  return { id, ...(droplet && { droplet_id: droplet.id }) };
}

async function readReservedIp(state: Values, client: DigitalOceanClient): Promise<Values | undefined> {
  const path = `/v2/reserved_ips/${state.id}`;
  const answer = await saying("Error retrieving reserved IP:", client.tryGet<ReservedIpAnswer>(path));
  if (!answer) return undefined;
  const { ip, droplet, region } = answer.reserved_ip;
  const found = { id: ip, ip_address: ip, urn: `do:reservedip:${ip}` };
  if (new Fields(state).has("droplet_id") && droplet) {
    return { ...found, region: droplet.region.slug, droplet_id: droplet.id };
  }
  if (!region) throw new Error(`reserved_ip.region: null in the API's answer; the real provider crashes on it`);
  return { ...found, region: region.slug };
}

function assign(client: DigitalOceanClient, ip: string, dropletId: number, deadline: Deadline): Promise<void> {
  return act(client, ip, { type: "assign", droplet_id: dropletId }, deadline);
}

async function act(client: DigitalOceanClient, ip: string, body: object, deadline: Deadline): Promise<void> {
  const path = `/v2/reserved_ips/${ip}/actions`;
  const { action } = await client.post<{ action: Action }>(path, body);
  const look = async () => (await client.get<{ action: Action }>(`${path}/${action.id}`)).action.status;
  const wait = { target: "completed", pending: ["new", "in-progress"], limitSeconds: assignLimitSeconds, look };
  await waitForState(wait, deadline);
}
