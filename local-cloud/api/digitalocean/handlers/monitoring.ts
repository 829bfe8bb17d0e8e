import { randomUUID } from "node:crypto";
import type { RequestBody } from "../../request-body";
import type { Cloud } from "../account/cloud";
import { notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { PlainRecord } from "../account/store";

const dropletMetrics = [
  "load_1",
  "load_5",
  "load_15",
  "memory_utilization_percent",
  "disk_utilization_percent",
  "cpu",
  "disk_read",
  "disk_write",
  "public_outbound_bandwidth",
  "public_inbound_bandwidth",
  "private_outbound_bandwidth",
  "private_inbound_bandwidth",
].map((metric) => `v1/insights/droplet/${metric}`);
const databaseMetrics = ["load_15", "cpu", "memory_utilization", "disk_utilization"].map(
  (metric) => `v1/dbaas/alerts/${metric}_alerts`,
);

/** Policies are kept, and never fire here. The answer to a creation is 200. */
export const createAlertPolicy: Handler = (cloud, request) => {
  const policy = { uuid: randomUUID(), ...readPolicy(request.body) };
  cloud.store.alertPolicies.set(policy.uuid, policy);
  return ok({ policy });
};

/** `GET /v2/monitoring/alerts/:policy`. */
export const getAlertPolicy: Handler = (cloud, request) => ok({ policy: findPolicy(cloud, request) });

/** `GET /v2/monitoring/alerts`. */
export const listAlertPolicies: Handler = (cloud, request) =>
  ok(paginate("policies", [...cloud.store.alertPolicies.values()], request, (policy) => policy));

/** `PUT /v2/monitoring/alerts/:policy`. */
export const updateAlertPolicy: Handler = (cloud, request) => {
  const uuid = `${findPolicy(cloud, request)["uuid"]}`;
  const policy = { uuid, ...readPolicy(request.body) };
  cloud.store.alertPolicies.set(uuid, policy);
  return ok({ policy });
};

/** `DELETE /v2/monitoring/alerts/:policy`. */
export const deleteAlertPolicy: Handler = (cloud, request) => {
  cloud.store.alertPolicies.delete(`${findPolicy(cloud, request)["uuid"]}`);
  return noContent;
};

function findPolicy(cloud: Cloud, request: ApiRequest): PlainRecord {
  const policy = cloud.store.alertPolicies.get(request.parameters["policy"] ?? "");
  if (!policy) throw notFound();
  return policy;
}

function readPolicy(body: RequestBody): PlainRecord {
  const alerts = body.object("alerts");
  const receivers = { slack: alerts.objects("slack").map(readSlack), email: alerts.texts("email") };
  if (receivers.slack.length + receivers.email.length === 0)
    throw unprocessable("alerts must name an email or slack receiver");
  return {
    type: body.choice("type", [...dropletMetrics, ...databaseMetrics]),
    description: body.text("description"),
    compare: body.choice("compare", ["GreaterThan", "LessThan"]),
    value: body.number("value"),
    window: body.choice("window", ["5m", "10m", "30m", "1h"]),
    entities: body.texts("entities"),
    tags: body.texts("tags"),
    alerts: receivers,
    enabled: body.flag("enabled", true),
  };
}

/** A Slack receiver, as alert policies and uptime alerts both name it. */
export function readSlack(receiver: RequestBody): { channel: string; url: string } {
  return { url: receiver.text("url"), channel: receiver.text("channel") };
}
