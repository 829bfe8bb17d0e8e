import { oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, optional, required } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { notificationsBlock, notificationsBody, notificationsState, type Notifications } from "./notifications";

interface AlertAnswer {
  readonly alert: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly threshold?: number;
    readonly comparison?: string;
    readonly period?: string;
    readonly notifications: Notifications;
  };
}

/** `digitalocean_uptime_alert` */
export const uptimeAlert: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: computed("string"),
    name: required("string"),
    check_id: required("string"),
    type: required("string", { check: oneOf("latency", "down", "down_global", "ssl_expiry") }),
    threshold: optional("number"),
    comparison: optional("string", { check: oneOf("greater_than", "less_than") }),
    period: optional("string", { check: oneOf("2m", "3m", "5m", "10m", "15m", "30m", "1h") }),
  },
  blocks: { notifications: { nesting: "list", minItems: 1, block: notificationsBlock } },

  async create({ client, planned, created }) {
    const post = client.post<AlertAnswer>(alertsPath(planned), alertBody(planned));
    const answer = await saying("Error creating Uptime Alert:", post);
    created({ id: answer.alert.id });
    return readAlert(client, { ...planned, id: answer.alert.id });
  },

  read: (state, { client }) => readAlert(client, state),

  async update({ client, planned }) {
    await saying("Error updating Alert:", client.put(`${alertsPath(planned)}/${planned.id}`, alertBody(planned)));
    return readAlert(client, planned);
  },

  delete: (state, { client }) =>
    saying("Error deleting uptime alerts:", client.delete(`${alertsPath(state)}/${state.id}`)),

  import(id) {
    const [checkId, alertId] = id.split(",");
    if (checkId && alertId) return { id: alertId, check_id: checkId };
    throw new Error(
      `must use the IDs of the check and alert joined with a comma, got "${id}", allowed for example \`check_id,alert_id\``,
    );
  },
};

function alertBody(planned: Values): object {
  const fields = new Fields(planned);
  return {
    name: fields.string("name"),
    type: fields.string("type"),
    threshold: fields.number("threshold"),
    comparison: fields.string("comparison"),
    notifications: notificationsBody(fields.blocks("notifications")[0]),
    period: fields.string("period"),
  };
}

async function readAlert(client: DigitalOceanClient, state: Values): Promise<Values | undefined> {
  const get = client.tryGet<AlertAnswer>(`${alertsPath(state)}/${state.id}`);
  const answer = await saying("Error retrieving check:", get);
  if (!answer) return undefined;
  const { id, name, type, threshold = 0, comparison = "", period = "", notifications } = answer.alert;
  return { id, name, type, threshold, comparison, period, notifications: notificationsState(notifications) };
}

function alertsPath({ check_id }: Values): string {
  return `/v2/uptime/checks/${check_id}/alerts`;
}
