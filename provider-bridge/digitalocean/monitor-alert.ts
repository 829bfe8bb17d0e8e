import { atLeast, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId, setOf } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { shortestFloat32 } from "./float32";
import { notificationsBlock, notificationsBody, notificationsState, type Notifications } from "./notifications";
import { setValue, tags } from "./tag-set";

interface PolicyAnswer {
  readonly policy: {
    readonly uuid: string;
    readonly type: string;
    readonly description: string;
    readonly compare: string;
    readonly value: number;
    readonly window: string;
    readonly enabled: boolean;
    readonly entities?: readonly string[] | null;
    readonly tags?: readonly string[] | null;
    readonly alerts: Notifications;
  };
}

const droplet = (metric: string): string => `v1/insights/droplet/${metric}`;
const loadBalancer = (metric: string): string => `v1/insights/lbaas/${metric}`;
const database = (metric: string): string => `v1/dbaas/alerts/${metric}`;

const types = [
  ...["cpu", "memory_utilization_percent", "disk_utilization_percent", "disk_read", "disk_write"].map(droplet),
  ...["public_outbound_bandwidth", "public_inbound_bandwidth"].map(droplet),
  ...["private_outbound_bandwidth", "private_inbound_bandwidth", "load_1", "load_5", "load_15"].map(droplet),
  ...["avg_cpu_utilization_percent", "connection_utilization_percent", "droplet_health"].map(loadBalancer),
  ...["tls_connections_per_second_utilization_percent", "high_http_request_response_time"].map(loadBalancer),
  ...["increase_in_http_error_rate_percentage_4xx", "increase_in_http_error_rate_percentage_5xx"].map(loadBalancer),
  ...["increase_in_http_error_rate_count_4xx", "increase_in_http_error_rate_count_5xx"].map(loadBalancer),
  ...["50p", "95p", "99p"].map((percentile) => loadBalancer(`high_http_request_response_time_${percentile}`)),
  ...["load_15_alerts", "memory_utilization_alerts", "disk_utilization_alerts", "cpu_alerts"].map(database),
];

/** `digitalocean_monitor_alert` */
export const monitorAlert: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    uuid: computed("string"),
    type: required("string", { check: oneOf(...types) }),
    compare: required("string", { check: oneOf("GreaterThan", "LessThan") }),
    description: required("string"),
    enabled: optional("bool", { default: true }),
    value: required("number", { check: atLeast(0) }),
    window: required("string", { check: oneOf("5m", "10m", "30m", "1h") }),
    entities: optional(setOf("string")),
    tags: tags(),
  },
  blocks: { alerts: { nesting: "list", minItems: 1, maxItems: 1, block: notificationsBlock } },

  async create({ client, planned, created }) {
    const post = client.post<PolicyAnswer>("/v2/monitoring/alerts", policyBody(planned));
    const answer = await saying("Error creating Alert Policy:", post);
    created({ id: answer.policy.uuid });
    return readPolicy(client, answer.policy.uuid);
  },

  read: (state, { client }) => readPolicy(client, String(state.id)),

  async update({ client, planned }) {
    const put = client.put(`/v2/monitoring/alerts/${planned.id}`, policyBody(planned));
    await saying("Error updating monitoring alert:", put);
    return readPolicy(client, String(planned.id));
  },

  delete: (state, { client }) =>
    saying("Error deleting monitor alert:", client.delete(`/v2/monitoring/alerts/${state.id}`)),

  import: (id) => ({ id }),
};

function policyBody(planned: Values): object {
  const fields = new Fields(planned);
  return {
    type: fields.string("type"),
    description: fields.string("description"),
    compare: fields.string("compare"),
    value: shortestFloat32(fields.number("value")),
    window: fields.string("window"),
    entities: fields.strings("entities"),
    tags: fields.strings("tags"),
    alerts: notificationsBody(fields.blocks("alerts")[0]),
    enabled: fields.bool("enabled"),
  };
}

async function readPolicy(client: DigitalOceanClient, uuid: string): Promise<Values | undefined> {
  const answer = await saying("Error reading Alert:", client.tryGet<PolicyAnswer>(`/v2/monitoring/alerts/${uuid}`));
  if (!answer) return undefined;
  const { type, description, compare, value, window, enabled, entities, tags: policyTags, alerts } = answer.policy;
  return {
    // Not `uuid`: the real provider has the attribute and leaves it null.
    id: uuid,
    type,
    description,
    compare,
    // As in the real provider: 79.9 comes back as 79.9000015258789 and is a change in every plan (float32.ts).
    value: Math.fround(value),
    window,
    enabled,
    entities: setValue(entities),
    tags: setValue(policyTags),
    alerts: notificationsState(alerts),
  };
}
