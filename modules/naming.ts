/** The tiers of droplets that every infrastructure has. */
export const tiers = ["load-balancer", "web", "app"] as const;
/** A tier of droplets that every infrastructure has. */
export type SiteTier = (typeof tiers)[number];

/** Whether every infrastructure has this tier. */
export function isSiteTier(tier: string): tier is SiteTier {
  return (tiers as readonly string[]).includes(tier);
}

/** The name of an infrastructure that was given none: its host name with hyphens, `www-example-com`. */
export function nameFromHostname(hostname: string): string {
  return hostname.replaceAll(".", "-");
}

/** Name of what exists once per tier, its tag and its firewall: `www-example-com-web`. */
export function tierName(name: string, tier: string): string {
  return `${name}-${tier}`;
}

/** Name of a node, which is also its host name: `www-example-com-web-1`. */
export function nodeName(name: string, tier: string, id: string): string {
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
/** Longest name of a tier: a host name has at most 63 characters, of which an infrastructure's name may take 40. */
export const maximumTierNameLength = 18;
const NAME = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** Whether DigitalOcean takes this as the beginning of the names of droplets, tags, firewalls and databases. */
export function isName(text: string, maximumLength: number = maximumNameLength): boolean {
  return typeof text === "string" && text.length <= maximumLength && NAME.test(text);
}
