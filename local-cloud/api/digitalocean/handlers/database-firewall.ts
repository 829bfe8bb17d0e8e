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

const largestRuleCount = 100;

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
  if (rules.length > largestRuleCount)
    throw unprocessable(`at most ${largestRuleCount} trusted sources, got ${rules.length}`);
  return rules;
}

function checkRule(cloud: Cloud, type: DatabaseFirewallRule["type"], value: string): void {
  if (type === "tag") checkTagsExist(cloud, [value]);
  if (type === "ip_addr" && !isAddressOrCidr(value))
    throw unprocessable(`rules: ${value} is not an IP address or CIDR`);
  if (type === "droplet" && !cloud.store.droplets.has(Number(value)))
    throw unprocessable(`rules: droplet ${value} not found`);
  if (type === "k8s" || type === "app") throw unprocessable(`rules: no ${type} exists in the local cloud`);
}
