import type { Configuration } from "./configuration";
import { type DropletGroup, dropletGroups } from "./droplet-groups";
import { type PlatformLimit, platformLimits } from "./platform-limits";
import { ANY_ADDRESS, CLOUDFLARE, type Reach, databasesOf, reachability } from "./reachability";
import { OPERATOR, type SecretFlow, secretFlows, writtenSecrets } from "./secrets";
import { type Part, parts } from "./single-points";
import { type UserDataSize, userDataSizes } from "./user-data";

/** What follows from a synthesized stack, and from nothing else. */
export interface Proof {
  readonly reachability: readonly Reach[];
  readonly parts: readonly Part[];
  readonly userData: readonly UserDataSize[];
  readonly secrets: readonly SecretFlow[];
  readonly limits: readonly PlatformLimit[];
  /** Sentences about what must not be. */
  readonly problems: readonly string[];
}

/** What a site may have that is a problem elsewhere. */
export interface Allowances {
  /** Of a staging site, for instance. @default false */
  readonly singlePointsOfFailure?: boolean;
}

/** Pure. */
export function prove(configuration: Configuration, { singlePointsOfFailure = false }: Allowances = {}): Proof {
  const groups = dropletGroups(configuration);
  const secrets = secretFlows(configuration, groups);
  const proof = {
    reachability: reachability(configuration, groups),
    parts: parts(configuration, groups),
    userData: userDataSizes(configuration, groups),
    secrets,
    limits: platformLimits(configuration, groups, secrets),
  };
  const problems = [
    ...problemsOfReachability(configuration, groups, proof.reachability),
    ...(singlePointsOfFailure ? [] : problemsOfParts(proof.parts)),
    ...problemsOfUserData(proof.userData),
    ...problemsOfSecrets(configuration, groups, proof),
    ...problemsOfLimits(proof.limits),
  ];
  return { ...proof, problems };
}

function problemsOfReachability(
  configuration: Configuration,
  groups: readonly DropletGroup[],
  matrix: readonly Reach[],
): string[] {
  const databases = databasesOf(configuration).map(({ attributes }) => String(attributes.name));
  const isOpen = (name: string) => mayReach(matrix, ANY_ADDRESS, [name]);
  const inside = behindCloudflare(matrix);
  const guarded = groups.filter(({ firewalls }) => firewalls.length > 0).map(({ name }) => name);
  return [
    ...databases
      .filter(isOpen)
      .map((name) => `${name}: any address may reach it, name the tags that may with a digitalocean_database_firewall`),
    ...groups
      .filter(({ firewalls }) => firewalls.length === 0)
      .map(({ name }) => `${name}: has no firewall, give it one by a tag`),
    ...guarded
      .filter((name) => isOpen(name) && (inside.has(name) || mayReach(matrix, name, databases)))
      .map((name) => `${name}: any address may reach it past Cloudflare, name the networks that may`),
  ];
}

function mayReach(matrix: readonly Reach[], from: string, to: readonly string[]): boolean {
  return matrix.some((cell) => cell.from === from && to.includes(cell.to));
}

/** Everything that requests of visitors can lead to, from hop to hop. */
function behindCloudflare(matrix: readonly Reach[]): Set<string> {
  const found = new Set([CLOUDFLARE]);
  for (const place of found) for (const { from, to } of matrix) if (from === place && to !== ANY_ADDRESS) found.add(to);
  found.delete(CLOUDFLARE);
  return found;
}

function problemsOfParts(all: readonly Part[]): string[] {
  return all
    .filter(({ afterLoss }) => !(afterLoss > 0))
    .map(({ name, kind, nodes }) => `${name}: ${kind} of ${nodes}, nothing is left when one is lost`);
}

function problemsOfUserData(sizes: readonly UserDataSize[]): string[] {
  return sizes
    .filter(({ total, limit }) => total > limit)
    .map(({ group, total, limit }) => `${group}: user-data must have at most ${limit} bytes, got ${total}`);
}

/** Keys of TLS belong where Cloudflare comes in, passwords of a database where it may be reached. */
function problemsOfSecrets(
  configuration: Configuration,
  groups: readonly DropletGroup[],
  { reachability: matrix, secrets }: Pick<Proof, "reachability" | "secrets">,
): string[] {
  const databases = databasesOf(configuration).map(({ attributes }) => String(attributes.name));
  const isNeeded = ({ secret, to, place }: SecretFlow): boolean => {
    if (to === OPERATOR || secret.includes("(")) return true;
    if (place.endsWith("/failover.token")) return mayReach(matrix, CLOUDFLARE, [to]);
    const [type] = secret.split(".") as [string];
    // Whose it is, its name does not tell.
    if (type === "var") return true;
    return type === "tls_private_key" ? mayReach(matrix, CLOUDFLARE, [to]) : mayReach(matrix, to, databases);
  };
  return [
    ...writtenSecrets(configuration, groups).map(
      (place) => `${place}: a secret is written out, make it a sensitive variable`,
    ),
    ...secrets
      .filter((flow) => !isNeeded(flow))
      .map(({ secret, to, place }) => `${to}: ${place} has ${secret}, which these droplets have no use for`),
  ];
}

function problemsOfLimits(limits: readonly PlatformLimit[]): string[] {
  return limits
    .filter(({ needed, limit, isFixed }) => isFixed && needed > limit)
    .map(({ what, needed, limit }) => `${what}: must be at most ${limit}, got ${needed}`);
}
