import type { ITerraformDependable } from "cdktf";
import { Cidr } from "../cloud-init/cidr";
import { Hostname } from "../cloud-init/hostname";
import { isLate } from "../cloud-init/late-values";
import { type Problem, problemsOf } from "../cloud-init/problems";
import {
  checkPattern as checkKnownPattern,
  checkWhole,
  checkWord,
  isGroup,
  shown,
  shownKind,
} from "../cloud-init/value-checks";
import { AddressRange } from "./address-range";
import { isName, maximumNameLength } from "./naming";
import { isDatabaseSize, isDropletSize } from "./sizes-and-prices";

/**
 * Regions that have all products used here (https://docs.digitalocean.com/platform/regional-availability/): VPC,
 * reserved IPs and managed databases.
 */
const REGIONS = [
  "ams3",
  "atl1",
  "blr1",
  "fra1",
  "lon1",
  "nyc1",
  "nyc2",
  "nyc3",
  "sfo2",
  "sfo3",
  "sgp1",
  "syd1",
  "tor1",
] as const;

/** Slug of a DigitalOcean region. */
export type Region = (typeof REGIONS)[number];

/** Ranges that DigitalOcean uses itself (https://docs.digitalocean.com/products/networking/vpc/details/limits/). */
const RESERVED_RANGES = ["10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16"].map((text) =>
  AddressRange.parse(text),
);
/** Anchor addresses of droplets: a VPC over them would take away the way back to the reserved IP's clients. */
const ANCHOR_RANGE = AddressRange.parse("10.17.0.0/16");
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((text) => AddressRange.parse(text));

/**
 * Runs `check` on a setting and makes a problem of what it throws. A value that is known only when Terraform runs
 * passes: nothing can be said about it here.
 */
function checked(path: string, value: unknown, check: () => void): Problem[] {
  return isLate(value) ? [] : problemsOf(path, check);
}

/** A host name that is known now, because names and files are made of it. */
export function checkHostname(path: string, value: string): Problem[] {
  if (isLate(value)) return [{ path, message: "must be written out, got a value known only at apply" }];
  return problemsOf(path, () => Hostname.parse(value));
}

/** What all names begin with. */
export function checkName(path: string, value: string): Problem[] {
  if (isName(value)) return [];
  const allowed = `lower-case letters, digits and inner hyphens, a letter first, at most ${maximumNameLength}`;
  return [{ path, message: `must be ${allowed}, got ${shown(value)}, set "name" to a shorter or simpler one` }];
}

/** A whole number between two limits. */
export function checkCount(path: string, value: number, minimum: number, maximum: number, why?: string): Problem[] {
  const problems = checkWhole(path, value, minimum, maximum);
  return why === undefined ? problems : problems.map(({ message }) => ({ path, message: `${message} (${why})` }));
}

/** How many of something that must not be a single point of failure, unless that is wanted. */
export function checkRedundancy(
  path: string,
  count: number,
  { minimum, maximum, allowsSingle }: { minimum: number; maximum: number; allowsSingle: boolean },
): Problem[] {
  const single = minimum - 1;
  if (allowsSingle) return checkCount(path, count, single, maximum);
  const why = "a single point of failure, set allowSinglePointsOfFailure to true where that is wanted";
  return checkCount(path, count, minimum, maximum, count === single ? why : undefined);
}

/** One of some words. */
export function checkOneOf(path: string, value: string, allowed: readonly string[]): Problem[] {
  return isLate(value) ? [] : checkWord(path, value, allowed);
}

/** A DigitalOcean region slug. */
export function checkRegion(path: string, value: string): Problem[] {
  return checkOneOf(path, value, REGIONS);
}

/** A droplet size slug. */
export function checkDropletSize(path: string, value: string): Problem[] {
  return checked(path, value, () => {
    if (!isDropletSize(value)) throw new Error(`must be a droplet size such as "s-1vcpu-1gb", got ${shown(value)}`);
  });
}

/** A database plan slug; `hasStandby` says whether the plan must be one that can have standby nodes. */
export function checkDatabaseSize(path: string, value: string, hasStandby: boolean): Problem[] {
  return checked(path, value, () => {
    if (!isDatabaseSize(value))
      throw new Error(`must be a database plan such as "db-s-1vcpu-2gb", got ${shown(value)}`);
    if (hasStandby && value === "db-s-1vcpu-1gb")
      throw new Error(`this plan has no standby node, got ${shown(value)}, change it to "db-s-1vcpu-2gb" or larger`);
  });
}

/** The address range of a VPC. */
export function checkVpcRange(path: string, value: string): Problem[] {
  return checked(path, value, () => {
    const range = AddressRange.parse(value);
    if (range.prefix < 16 || range.prefix > 24) throw new Error(`must be from /16 to /24 in size, got ${shown(value)}`);
    if (!PRIVATE_RANGES.some((private_) => private_.contains(range)))
      throw new Error(`must lie in ${PRIVATE_RANGES.join(", ")}, got ${shown(value)}`);
    for (const reserved of RESERVED_RANGES)
      if (reserved.overlaps(range))
        throw new Error(`must not overlap ${reserved} of DigitalOcean, got ${shown(value)}`);
    if (ANCHOR_RANGE.overlaps(range))
      throw new Error(`must not overlap the anchor addresses ${ANCHOR_RANGE}, got ${shown(value)}`);
  });
}

/** Something that Terraform can wait for. */
export function checkDependable(path: string, resource: ITerraformDependable): Problem[] {
  return isGroup(resource) && "fqn" in resource
    ? []
    : [{ path, message: `must be a resource, got ${shownKind(resource)}` }];
}

/** A network, or a single address as /32 or /128, from which something is allowed. */
export function checkNetwork(path: string, value: string): Problem[] {
  return checked(path, value, () => Cidr.parse(value));
}

/** A Cloudflare zone id. */
export function checkZoneId(path: string, value: string): Problem[] {
  return checkPattern(path, value, /^[0-9a-f]{32}$/, "32 hexadecimal digits (Cloudflare's dashboard, zone overview)");
}

/** Without braces, which would mean something to Terraform, and without what needs quotes. */
const emailPattern = /^(?=.{6,254}$)[A-Za-z0-9.!#$%&'*+/=?^_|~-]+@([A-Za-z0-9-]+\.)+[a-z]{2,}$/i;

/** An e-mail address that a person would write. */
export function checkEmail(path: string, value: string): Problem[] {
  return checkPattern(path, value, emailPattern, 'an e-mail address "name@example.com"');
}

/** A time of day in UTC, `04:00`. The provider plans a change for ever when the leading zero is missing. */
export function checkTime(path: string, value: string): Problem[] {
  return checkPattern(path, value, /^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day "HH:MM" in UTC');
}

/** Names that DigitalOcean, PostgreSQL or PgBouncer have given to something already. */
const takenDatabases = ["defaultdb", "_dodb", "postgres", "template0", "template1", "pgbouncer"];
const takenUsers = ["doadmin", "_doadmin", "postgres", "pgbouncer", "public", "none"];

/** The name of a database, which needs no quotes. */
export function checkDatabaseName(path: string, value: string): Problem[] {
  return checkSqlName(path, value, takenDatabases);
}

/** The name of a database's user, which needs no quotes. */
export function checkUserName(path: string, value: string): Problem[] {
  const isReserved = typeof value === "string" && value.startsWith("pg_");
  return isReserved
    ? [{ path, message: `must not begin with pg_, which PostgreSQL keeps for itself, got ${shown(value)}` }]
    : checkSqlName(path, value, takenUsers);
}

function checkSqlName(path: string, value: string, taken: readonly string[]): Problem[] {
  return taken.includes(value)
    ? [{ path, message: `must be unused, got ${shown(value)}, which every cluster keeps for itself` }]
    : checkPattern(path, value, /^[a-z_][a-z0-9_]{2,39}$/, "3 to 40 lower-case letters, digits or underscores");
}

/** A text that matches a pattern, or that is known only when Terraform runs; `what` says it in words. */
export function checkPattern(path: string, value: string, pattern: RegExp, what: string): Problem[] {
  return isLate(value) ? [] : checkKnownPattern(path, value, pattern, what);
}
