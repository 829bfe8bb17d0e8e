import { createHash } from "node:crypto";
import { each, notZero } from "../plugin/checks";
import type { Deadline } from "../plugin/deadline";
import { Fields } from "../plugin/fields";
import type { PlanChange, ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId, setOf } from "../plugin/schema";
import { isList, UNKNOWN, type Values } from "../plugin/values";
import { backupPolicyBlock, backupPolicyBody } from "./backup-policy";
import { isStatus, prefixed, saying, type DigitalOceanClient } from "./client";
import { dropletState, getDroplet, type Droplet } from "./droplet-state";
import { updateDroplet } from "./droplet-update";
import { waitForDroplet } from "./droplet-wait";
import { tags } from "./tag-set";

const lowerCase = (text: string): string => text.toLowerCase();
const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");

/** `digitalocean_droplet` */
export const droplet: ResourceType<DigitalOceanClient> = {
  version: 1,
  timeouts: { create: "1h0m0s", update: "1h0m0s", delete: "1m0s" },
  attributes: {
    id: sdkId,
    image: required("string", { forceNew: true, check: notZero }),
    name: required("string", { check: notZero }),
    region: optional("string", { computed: true, forceNew: true, store: lowerCase, check: notZero }),
    size: required("string", { store: lowerCase, check: notZero }),
    graceful_shutdown: optional("bool", { default: false }),
    resize_disk: optional("bool", { default: true }),
    backups: optional("bool", { default: false }),
    ipv6: optional("bool", { default: false }),
    ipv6_address: optional("string", { computed: true }),
    private_networking: optional("bool", { computed: true, deprecated: true }),
    ssh_keys: optional(setOf("string"), { forceNew: true, check: each(notZero) }),
    user_data: optional("string", { forceNew: true, store: sha1, check: notZero }),
    volume_ids: optional(setOf("string"), { computed: true }),
    monitoring: optional("bool", { forceNew: true, default: false }),
    droplet_agent: optional("bool", { forceNew: true }),
    tags: tags(),
    vpc_uuid: optional("string", { computed: true, forceNew: true, check: notZero }),
    created_at: computed("string"),
    urn: computed("string"),
    disk: computed("number"),
    vcpus: computed("number"),
    memory: computed("number"),
    price_hourly: computed("number"),
    price_monthly: computed("number"),
    status: computed("string"),
    locked: computed("bool"),
    ipv4_address: computed("string"),
    ipv4_address_private: computed("string"),
  },
  blocks: { backup_policy: backupPolicyBlock },

  adjustPlan(change) {
    if (isList(change.config.volume_ids) && change.config.volume_ids.length > 0) {
      throw new Error("volume_ids: the local cloud has no volumes, got some, allowed none");
    }
    return turnsIpv6(change, true) ? { ...change.planned, ipv6_address: UNKNOWN } : change.planned;
  },

  replacedFor: (change) => (turnsIpv6(change, false) ? ["ipv6"] : []),

  async create({ client, planned, config, deadline, created }) {
    const path = "/v2/droplets";
    const answer = await saying(
      "Error creating droplet:",
      client.post<{ droplet: Droplet }>(path, createBody(planned, config)),
    );
    const id = String(answer.droplet.id);
    created({ id });
    const wait = { target: "active", pending: ["new"], attribute: "status" } as const;
    const ready = await saying(
      `Error waiting for droplet (${id}) to become ready:`,
      waitForDroplet(client, id, wait, deadline),
    );
    return dropletState(ready);
  },

  async read(state, { client }) {
    try {
      return dropletState(await getDroplet(client, String(state.id)));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  },

  update: updateDroplet,

  /** Waits until the droplet can be deleted, shuts it down first if asked to, and waits until it is gone. */
  async delete(state, { client, deadline }) {
    const id = String(state.id);
    await saying(
      `Error waiting for droplet to be unlocked for destroy (${id}):`,
      waitForDroplet(client, id, { target: "false", pending: ["", "true"], attribute: "locked" }, deadline),
    );
    if (state.graceful_shutdown === true) {
      await saying(
        `Error shutting down the the droplet (${id}):`,
        client.post(`/v2/droplets/${id}/actions`, { type: "shutdown" }),
      );
      await saying(
        `Error waiting for droplet (${id}) to become off:`,
        waitForDroplet(client, id, { target: "off", pending: ["active"], attribute: "status" }, deadline),
      );
    }
    await deleteAndWait(client, id, deadline);
  },

  async import(id, { client }) {
    const { image } = await saying("Error importing droplet:", getDroplet(client, id));
    return { id, image: image?.slug || String(image?.id ?? ""), resize_disk: true };
  },
};

function createBody(planned: Values, config: Values): object {
  const fields = new Fields(planned);
  const asConfigured = new Fields(config);
  const image = fields.string("image");
  const keys = fields.strings("ssh_keys").map(numberIfWhole);
  const agent = planned.droplet_agent;
  return {
    name: fields.string("name"),
    region: asConfigured.string("region"),
    size: asConfigured.string("size"),
    image: numberIfWhole(image),
    ssh_keys: keys.length > 0 ? keys : null,
    backups: fields.bool("backups"),
    backup_policy: backupPolicyBody(fields),
    ipv6: fields.bool("ipv6"),
    private_networking: fields.bool("private_networking"),
    monitoring: fields.bool("monitoring"),
    user_data: asConfigured.string("user_data") || undefined,
    tags: fields.strings("tags"),
    vpc_uuid: fields.string("vpc_uuid") || undefined,
    with_droplet_agent: typeof agent === "boolean" ? agent : undefined,
  };
}

/** Ids of images and keys are numbers, slugs and fingerprints are text; the configuration writes both as text. */
function numberIfWhole(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** A refused DELETE is not reported: like the real provider, this waits for the droplet to go and says what it saw. */
async function deleteAndWait(client: DigitalOceanClient, id: string, deadline: Deadline): Promise<void> {
  try {
    await client.delete(`/v2/droplets/${id}`);
  } catch (error) {
    if (isStatus(error, 404)) return;
  }
  const wait = { target: "archive", pending: ["active", "off"], attribute: "status", limitSeconds: 60 } as const;
  try {
    await waitForDroplet(client, id, wait, deadline);
  } catch (error) {
    if (!isStatus(error, 404)) throw prefixed("Error deleting droplet:", error);
  }
}

/** IPv6 can be switched on in place, but never off again. */
function turnsIpv6({ prior, planned }: PlanChange, on: boolean): boolean {
  return prior !== undefined && (prior.ipv6 === true) !== on && (planned.ipv6 === true) === on;
}
