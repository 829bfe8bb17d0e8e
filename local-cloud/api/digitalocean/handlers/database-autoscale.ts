import type { RequestBody } from "../../request-body";
import { unprocessable } from "../account/errors";
import { noContent, ok, type Handler } from "../account/route";
import type { DatabaseAutoscale } from "../account/store";
import { findCluster } from "./database-servers";

/** `GET /v2/databases/:database/autoscale`. */
export const getAutoscale: Handler = (cloud, request) =>
  ok({ autoscale: findCluster(cloud, request).autoscale ?? { storage: { enabled: false } } });

/** `PUT /v2/databases/:database/autoscale`. */
export const setAutoscale: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  cluster.autoscale = readAutoscale(request.body);
  return noContent;
};

/** Limits are those of the API's description. */
export function readAutoscale(body: RequestBody): DatabaseAutoscale {
  const storage = body.object("storage");
  if (!storage.has("enabled")) throw unprocessable("storage.enabled is required");
  const threshold = checkedLimit(storage, "threshold_percent", 15, 95);
  const increment = checkedLimit(storage, "increment_gib", 10, 500);
  return {
    storage: {
      enabled: storage.flag("enabled", false),
      ...(threshold !== undefined && { threshold_percent: threshold }),
      ...(increment !== undefined && { increment_gib: increment }),
    },
  };
}

function checkedLimit(storage: RequestBody, name: string, from: number, to: number): number | undefined {
  const value = storage.optionalNumber(name);
  if (value !== undefined && (!Number.isInteger(value) || value < from || value > to))
    throw unprocessable(`storage.${name}: must be a whole number from ${from} to ${to}, got ${value}`);
  return value;
}
