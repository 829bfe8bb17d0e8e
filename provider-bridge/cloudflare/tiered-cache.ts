import { oneWordOf } from "../plugin/checks";
import type { ResourceType } from "../plugin/provider";
import { computed, required, type Attributes } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { destructionWarnings } from "./destruction-warning";
import { parseImportId, readObject } from "./reading";

const attributes: Attributes = {
  id: computed("string", { keep: true }),
  zone_id: required("string", { forceNew: true }),
  value: required("string", { check: oneWordOf("on", "off") }),
  editable: computed("bool"),
  modified_on: computed("string", { time: true }),
};

/** `cloudflare_tiered_cache`: Smart Tiered Cache. Destroying it takes the topology away. */
export const tieredCache: ResourceType<CloudflareClient> = {
  ...zoneSwitch("cache/tiered_cache_smart_topology_enable"),

  async delete(state, { client }) {
    await client.call("DELETE", `zones/${state.zone_id}/cache/tiered_cache_smart_topology_enable`);
  },
};

/** `cloudflare_argo_tiered_caching`: Tiered Cache. Destroying it changes nothing in the zone. */
export const argoTieredCaching: ResourceType<CloudflareClient> = {
  ...zoneSwitch("argo/tiered_caching"),
  planWarnings: destructionWarnings,
  async delete() {},
};

/** One switch of a zone, whose id is the zone's. */
function zoneSwitch(path: string) {
  const patch = async (client: CloudflareClient, planned: Values): Promise<Values> => {
    const answer = await client.call("PATCH", `zones/${planned.zone_id}/${path}`, { value: planned.value });
    return stateAfterWrite(attributes, planned, { ...answer, id: planned.zone_id });
  };
  return {
    attributes,
    create: ({ client, planned }) => patch(client, planned),
    async read(state, call) {
      const found = await readObject(attributes, `zones/${state.zone_id}/${path}`, { ...state, id: null }, call);
      return found && { ...found, id: state.zone_id ?? null };
    },
    update: ({ client, planned }) => patch(client, planned),
    async import(importId, call) {
      const [zone_id = ""] = parseImportId(importId, "<zone_id>");
      const found = await readObject(attributes, `zones/${zone_id}/${path}`, { zone_id }, call);
      return { ...(found ?? { zone_id }), id: zone_id };
    },
  } satisfies Omit<ResourceType<CloudflareClient>, "delete">;
}
