import { randomUUID } from "node:crypto";
import { isAddressOrCidr } from "../../../platform/ipv4-range";
import { timestamp } from "../../clock";
import type { RequestBody } from "../../request-body";
import { membershipChanged, type Cloud } from "../account/cloud";
import { unprocessable } from "../account/errors";
import { noContent, ok, type Handler } from "../account/route";
import type { DatabaseFirewallRule } from "../account/store";
import { findServer } from "./database-servers";
import { checkTagsExist } from "./tags";

const largestSourceCount = 100;

/** `GET /v2/databases/:database/firewall`. */
export const getDatabaseFirewall: Handler = (cloud, request) => {
  const server = findServer(cloud, request);
  return ok({
    rules: server.rules.map(({ uuid, type, value, createdAt }) => ({
      uuid,
      cluster_uuid: server.id,
      type,
      value,
      created_at: createdAt,
    })),
  });
};

/** Replaces the whole list; an empty one opens the database to everyone. */
export const setDatabaseFirewall: Handler = (cloud, request) => {
  const server = findServer(cloud, request);
  server.rules = readRules(cloud, request.body, server.rules);
  membershipChanged(cloud);
  return noContent;
};

/** Rules of a request; those that stay as they were keep their uuid. Tags must exist. */
export function readRules(
  cloud: Cloud,
  body: RequestBody,
  known: readonly DatabaseFirewallRule[],
): DatabaseFirewallRule[] {
  const rules = body.objects("rules").map((rule) => {
    const type = rule.choice("type", ["droplet", "k8s", "ip_addr", "tag", "app"]);
    const value = rule.text("value");
    checkRule(cloud, type, value);
    const same = known.find((other) => other.type === type && other.value === value);
    return same ?? { uuid: randomUUID(), type, value, createdAt: timestamp(cloud.clock.now()) };
  });
  // A droplet has two addresses, and counts as two.
  const count = rules.reduce((sum, { type }) => sum + (type === "droplet" ? 2 : 1), 0);
  if (count > largestSourceCount)
    throw unprocessable(
      `rules: at most ${largestSourceCount} trusted sources, a droplet counting as two, got ${count}`,
    );
  return rules;
}

function checkRule(cloud: Cloud, type: DatabaseFirewallRule["type"], value: string): void {
  if (type === "tag") checkTagsExist(cloud, [value]);
  if (type === "ip_addr" && value.includes(":"))
    throw unprocessable(`rules: IPv6 sources are not supported, got ${value}`);
  if (type === "ip_addr" && !isAddressOrCidr(value))
    throw unprocessable(`rules: ${value} is not an IP address or CIDR`);
  if (type === "droplet" && !cloud.store.droplets.has(Number(value)))
    throw unprocessable(`rules: droplet ${value} not found`);
  if (type === "k8s" || type === "app") throw unprocessable(`rules: no ${type} exists in the local cloud`);
}
