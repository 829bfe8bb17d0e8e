/** The tiers that consist of droplets. */
export const tiers = ["load-balancer", "web", "app"] as const;
/** A tier that consists of droplets. */
export type Tier = (typeof tiers)[number];

/** The name of an infrastructure that was given none: its host name with hyphens, `www-example-com`. */
export function nameFromHostname(hostname: string): string {
  return hostname.replaceAll(".", "-");
}

/** Name of what exists once per tier, its tag and its firewall: `www-example-com-web`. */
export function tierName(name: string, tier: Tier): string {
  return `${name}-${tier}`;
}

/** Name of a node, which is also its host name: `www-example-com-web-1`. */
export function nodeName(name: string, tier: Tier, id: string): string {
  return `${tierName(name, tier)}-${id}`;
}

/**
 * Ids of the nodes of a tier: "1", "2", … An id stays with its node for ever, because it is part of the address of the
 * node's resources and of its place in the chain of replacements (reversing a chain is a cycle for Terraform).
 */
export function nodeIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

/** Longest name of an infrastructure: a database's name has at most 63 characters and ends in "-postgres-replica-9". */
export const maximumNameLength = 40;
const NAME = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** Whether DigitalOcean takes this as the beginning of the names of droplets, tags, firewalls and databases. */
export function isName(text: string): boolean {
  return text.length <= maximumNameLength && NAME.test(text);
}
