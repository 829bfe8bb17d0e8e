import { type Configuration, listOf, resourcesOf } from "./configuration";
import type { DropletGroup } from "./droplet-groups";
import type { SecretFlow } from "./secrets";

/** How much of something a stack needs, and how much there is. */
export interface PlatformLimit {
  readonly what: string;
  readonly needed: number;
  readonly limit: number;
  /** More is refused, whoever asks. What is not fixed can be raised, or is waited for. */
  readonly isFixed: boolean;
}

/** DigitalOcean's limits for one firewall (API description, `POST /v2/firewalls`). */
const [RULES, TAGS] = [50, 5];
/** Of many accounts; the control panel says yours (https://docs.digitalocean.com/platform/teams/how-to/resource-limits/). */
const DROPLETS = 25;
/** Of one token in an hour (API description, "Rate Limit"). */
const REQUESTS = 5000;
/** Of a node that looks for others: a round in ten seconds, at first; it asks more rarely the more of the hour is used up. */
const REQUESTS_OF_A_NODE = 360;

/** What the platform has to allow. */
export function platformLimits(
  configuration: Configuration,
  groups: readonly DropletGroup[],
  secrets: readonly SecretFlow[],
): PlatformLimit[] {
  const droplets = groups.reduce((sum, group) => sum + group.droplets.length, 0);
  return [
    { what: "droplets, while all tiers are replaced", needed: 2 * droplets, limit: DROPLETS, isFixed: false },
    ...resourcesOf(configuration, "digitalocean_firewall").flatMap(({ attributes }) => {
      const { name, inbound_rule, outbound_rule, tags } = attributes;
      const rules = [inbound_rule, outbound_rule].flatMap(listOf).length;
      return [
        { what: `rules of the firewall ${name}`, needed: rules, limit: RULES, isFixed: true },
        { what: `tags of the firewall ${name}`, needed: listOf(tags).length, limit: TAGS, isFixed: true },
      ];
    }),
    ...[...discoveryTokens(groups, secrets)].map(([token, nodes]) => {
      const needed = nodes * REQUESTS_OF_A_NODE;
      return { what: `requests an hour with ${token}, at first`, needed, limit: REQUESTS, isFixed: false };
    }),
  ];
}

/** Tokens by which nodes look for each other, and how many do. */
function discoveryTokens(groups: readonly DropletGroup[], secrets: readonly SecretFlow[]): Map<string, number> {
  const nodes = new Map(groups.map(({ name, droplets }) => [name, droplets.length]));
  const found = new Map<string, number>();
  for (const { secret, to, place } of secrets)
    if (place.endsWith("/discovery.token")) found.set(secret, (found.get(secret) ?? 0) + (nodes.get(to) ?? 0));
  return found;
}
