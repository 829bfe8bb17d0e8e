/**
 * List prices in USD a month (https://www.digitalocean.com/pricing, end of 2025), for the estimate in the outputs.
 * A size that is not listed here can be used all the same; there is no estimate then.
 */
const MONTHLY_USD: Readonly<Record<string, number>> = {
  "s-1vcpu-512mb-10gb": 4,
  "s-1vcpu-1gb": 6,
  "s-1vcpu-2gb": 12,
  "s-2vcpu-2gb": 18,
  "s-2vcpu-4gb": 24,
  "s-4vcpu-8gb": 48,
  "s-8vcpu-16gb": 96,
  "db-s-1vcpu-1gb": 15.15,
  "db-s-1vcpu-2gb": 30.45,
  "db-s-2vcpu-4gb": 60.9,
  "db-s-4vcpu-8gb": 122.1,
};

/** `count` machines of one size. */
export interface Machines {
  readonly count: number;
  readonly size: string;
}

/** List price in USD a month, or undefined when the price of one of the sizes is not known here. */
export function monthlyPriceUsd(machines: readonly Machines[]): number | undefined {
  let cents = 0;
  for (const { count, size } of machines) {
    const price = MONTHLY_USD[size];
    if (price === undefined) return undefined;
    cents += count * Math.round(price * 100);
  }
  return cents / 100;
}

// The vendor's slugs: family, cores, memory, and sometimes disk or processor ("s-2vcpu-4gb-amd", "c-2", "g-2vcpu-8gb").
const DROPLET_SIZE = /^(?!db-)[a-z][a-z0-9_.]*-\d+(?:vcpu-\d+(?:gb|mb)(?:-[a-z0-9]+)*)?(?:-[a-z0-9]+)*$/;
const DATABASE_SIZE = /^(?:db|gd|so1_5)-(?:[a-z0-9_.]+-)?\d+vcpu-\d+gb(?:-[a-z0-9]+)*$/;

/** Whether the text looks like the slug of a droplet size (https://slugs.do-api.dev). */
export function isDropletSize(slug: string): boolean {
  return isSlug(slug) && DROPLET_SIZE.test(slug);
}

/** Whether the text looks like the slug of a database plan. */
export function isDatabaseSize(slug: string): boolean {
  return isSlug(slug) && DATABASE_SIZE.test(slug);
}

function isSlug(slug: unknown): slug is string {
  return typeof slug === "string" && slug.length <= 60;
}

/** Memory of a size in GiB, read from its slug; undefined when the slug does not tell. */
export function memoryGib(slug: string): number | undefined {
  const match = /-(\d+)(gb|mb)\b/.exec(slug);
  if (match === null) return undefined;
  return match[2] === "gb" ? Number(match[1]) : Number(match[1]) / 1024;
}

/**
 * Connections that all pools of a PostgreSQL cluster may use together: 25 for each GiB of memory less 3 that
 * DigitalOcean keeps (https://docs.digitalocean.com/products/databases/postgresql/details/limits/).
 */
export function poolCapacity(databaseSize: string): number | undefined {
  const memory = memoryGib(databaseSize);
  return memory === undefined ? undefined : Math.floor(25 * memory) - 3;
}
