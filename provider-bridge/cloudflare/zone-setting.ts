import type { ResourceType } from "../plugin/provider";
import { computed, optional, required, type Attributes } from "../plugin/schema";
import { jsonOfDynamic, UNKNOWN, type Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { destructionWarnings } from "./destruction-warning";
import { parseImportId, readObject } from "./reading";
import { requestBody } from "./request-body";

const attributes: Attributes = {
  id: computed("string", { keep: true }),
  zone_id: required("string", { forceNew: true }),
  setting_id: required("string", { forceNew: true }),
  value: required("dynamic"),
  enabled: optional("bool", { computed: true }),
  editable: computed("bool"),
  modified_on: computed("string", { time: true }),
  time_remaining: computed("number"),
};

/** What is the API's alone and known after a write only. */
const answered = ["enabled", "editable", "modified_on", "time_remaining"];

/** `cloudflare_zone_setting`. Destroying it changes nothing in the zone. */
export const zoneSetting: ResourceType<CloudflareClient> = {
  attributes,

  /** In the real provider a number never settles: every plan is an update. Text does ("1.2"). */
  adjustPlan({ prior, config, planned }) {
    if (!prior || typeof jsonOfDynamic(config.value ?? null) !== "number") return planned;
    return { ...planned, ...Object.fromEntries(answered.map((name) => [name, config[name] ?? UNKNOWN])) };
  },

  planWarnings: destructionWarnings,

  create: ({ client, planned }) => patchSetting(client, planned),

  async read(state, call) {
    const found = await readObject(attributes, settingPath(state), { ...state, id: null }, call);
    return found && { ...found, id: state.setting_id ?? null };
  },

  update: ({ client, planned, prior }) => patchSetting(client, planned, prior),

  async delete() {},

  async import(importId, call) {
    const [zone_id = "", setting_id = ""] = parseImportId(importId, "<zone_id>/<setting_id>");
    const state = { zone_id, setting_id };
    return { ...((await readObject(attributes, settingPath(state), state, call)) ?? state), id: setting_id };
  },
};

async function patchSetting(client: CloudflareClient, planned: Values, prior?: Values): Promise<Values> {
  const body = requestBody(attributes, planned, ["zone_id", "setting_id"], prior);
  const isSame = prior !== undefined && JSON.stringify(prior.enabled) === JSON.stringify(planned.enabled);
  if (isSame) delete body.enabled;
  const answer = await client.call("PATCH", settingPath(planned), body);
  return stateAfterWrite(attributes, planned, { ...answer, id: planned.setting_id });
}

function settingPath({ zone_id, setting_id }: Values): string {
  return `zones/${zone_id}/settings/${setting_id}`;
}
