import { randomUUID } from "node:crypto";
import type { RequestBody } from "../../request-body";
import type { Cloud } from "../account/cloud";
import { badRequest, notEmulated, notFound } from "../account/errors";
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

/** Of load balancers and droplet pools, which are not there. */
const otherMetrics = /^v1\/(insights\/lbaas|droplet\/autoscale_alerts)\/\w+$/;

/** Policies are kept, and never fire here. The answer to a creation is 200. */
export const createAlertPolicy: Handler = (cloud, request) => {
  const policy = { uuid: randomUUID(), ...readPolicy(cloud, request.body) };
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
  const policy = { uuid, ...readPolicy(cloud, request.body) };
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

function readPolicy(cloud: Cloud, body: RequestBody): PlainRecord {
  const alerts = body.object("alerts");
  const receivers = { slack: alerts.objects("slack").map(readSlack), email: readEmails(cloud, alerts, "alerts") };
  if (receivers.slack.length + receivers.email.length === 0)
    throw badRequest("alerts must name an email or slack receiver");
  return {
    type: readType(body),
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

function readType(body: RequestBody): string {
  const type = body.text("type");
  if (otherMetrics.test(type)) throw notEmulated(`alert policies of type ${type} are not emulated by the local cloud`);
  return body.choice("type", [...dropletMetrics, ...databaseMetrics]);
}

/**
 * Receivers of alert policies and uptime alerts. Only addresses that somebody has confirmed for the account: the words are
 * DigitalOcean's to an uptime alert (digitalocean/openapi #830); of alert policies only the rule is known.
 */
export function readEmails(cloud: Cloud, receivers: RequestBody, path: string): string[] {
  const emails = receivers.texts("email");
  const index = emails.findIndex((email) => !cloud.confirmedEmails.has(email.toLowerCase()));
  if (index !== -1)
    throw badRequest(
      `invalid value for field '${path}.email[${index}]': invalid email '${emails[index]}': not confirmed for this account`,
    );
  return emails;
}

/** A Slack receiver, as alert policies and uptime alerts both name it. */
export function readSlack(receiver: RequestBody): { channel: string; url: string } {
  return { url: receiver.text("url"), channel: receiver.text("channel") };
}
