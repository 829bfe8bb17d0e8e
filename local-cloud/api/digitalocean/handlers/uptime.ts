import { randomUUID } from "node:crypto";
import type { RequestBody } from "../../request-body";
import type { Cloud } from "../account/cloud";
import { badRequest, notFound } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { PlainRecord } from "../account/store";
import { readEmails, readSlack } from "./monitoring";

const regions = ["us_east", "us_west", "eu_west", "se_asia"] as const;

/** Checks are kept, and nothing is probed here. Without regions all four are meant, as the answer then says. */
export const createUptimeCheck: Handler = (cloud, request) => {
  const check = { id: randomUUID(), ...readCheck(request.body) };
  cloud.store.uptimeChecks.set(check.id, check);
  cloud.store.uptimeAlerts.set(check.id, new Map());
  return { status: 201, body: { check } };
};

/** `GET /v2/uptime/checks/:check`. */
export const getUptimeCheck: Handler = (cloud, request) => ok({ check: findCheck(cloud, request) });

/** `GET /v2/uptime/checks`. */
export const listUptimeChecks: Handler = (cloud, request) =>
  ok(paginate("checks", [...cloud.store.uptimeChecks.values()], request, (check) => check));

/** `PUT /v2/uptime/checks/:check`. */
export const updateUptimeCheck: Handler = (cloud, request) => {
  const id = `${findCheck(cloud, request)["id"]}`;
  const check = { id, ...readCheck(request.body) };
  cloud.store.uptimeChecks.set(id, check);
  return ok({ check });
};

/** `DELETE /v2/uptime/checks/:check`. */
export const deleteUptimeCheck: Handler = (cloud, request) => {
  const id = `${findCheck(cloud, request)["id"]}`;
  cloud.store.uptimeChecks.delete(id);
  cloud.store.uptimeAlerts.delete(id);
  return noContent;
};

/** `POST /v2/uptime/checks/:check/alerts`. */
export const createUptimeAlert: Handler = (cloud, request) => {
  const alerts = findAlerts(cloud, request);
  const alert = { id: randomUUID(), ...readAlert(cloud, request.body) };
  alerts.set(alert.id, alert);
  return { status: 201, body: { alert } };
};

/** `GET /v2/uptime/checks/:check/alerts/:alert`. */
export const getUptimeAlert: Handler = (cloud, request) => ok({ alert: findAlert(cloud, request) });

/** `GET /v2/uptime/checks/:check/alerts`. */
export const listUptimeAlerts: Handler = (cloud, request) =>
  ok(paginate("alerts", [...findAlerts(cloud, request).values()], request, (alert) => alert));

/** `PUT /v2/uptime/checks/:check/alerts/:alert`. */
export const updateUptimeAlert: Handler = (cloud, request) => {
  const id = `${findAlert(cloud, request)["id"]}`;
  const alert = { id, ...readAlert(cloud, request.body) };
  findAlerts(cloud, request).set(id, alert);
  return ok({ alert });
};

/** `DELETE /v2/uptime/checks/:check/alerts/:alert`. */
export const deleteUptimeAlert: Handler = (cloud, request) => {
  findAlerts(cloud, request).delete(`${findAlert(cloud, request)["id"]}`);
  return noContent;
};

function findCheck(cloud: Cloud, request: ApiRequest): PlainRecord {
  const check = cloud.store.uptimeChecks.get(request.parameters["check"] ?? "");
  if (!check) throw notFound();
  return check;
}

function findAlerts(cloud: Cloud, request: ApiRequest): Map<string, PlainRecord> {
  const alerts = cloud.store.uptimeAlerts.get(request.parameters["check"] ?? "");
  if (!alerts) throw notFound();
  return alerts;
}

function findAlert(cloud: Cloud, request: ApiRequest): PlainRecord {
  const alert = findAlerts(cloud, request).get(request.parameters["alert"] ?? "");
  if (!alert) throw notFound();
  return alert;
}

function readCheck(body: RequestBody): PlainRecord {
  const wanted = body.texts("regions");
  const unknown = wanted.filter((region) => !(regions as readonly string[]).includes(region));
  if (unknown.length > 0) throw badRequest(`regions must be among ${regions.join(", ")}, got ${unknown.join(", ")}`);
  return {
    name: body.text("name"),
    type: body.choice("type", ["ping", "http", "https"]),
    target: body.text("target"),
    regions: wanted.length > 0 ? wanted : regions,
    enabled: body.flag("enabled", true),
  };
}

/** `threshold` 0 and `comparison` "" stand for "not set": the provider sends them for alerts of type down. */
function readAlert(cloud: Cloud, body: RequestBody): PlainRecord {
  const comparison = body.optionalText("comparison");
  const notifications = body.object("notifications");
  return {
    name: body.text("name"),
    type: body.choice("type", ["latency", "down", "down_global", "ssl_expiry"]),
    threshold: body.optionalNumber("threshold") ?? 0,
    ...(comparison !== undefined && { comparison: body.choice("comparison", ["greater_than", "less_than"]) }),
    notifications: {
      email: readEmails(cloud, notifications, "notifications"),
      slack: notifications.objects("slack").map(readSlack),
    },
    period: body.choice("period", ["2m", "3m", "5m", "10m", "15m", "30m", "1h"]),
  };
}
