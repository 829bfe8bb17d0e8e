import { AddressRange } from "../../modules/address-range";
import type { DigitalOceanAccount } from "../accounts/digitalocean-account";
import { type Entry, readable } from "../accounts/read-api";
import type { KnownResources } from "../known-resources";
import type { Change } from "../plan-explanation/change";
import type { Findings, Obstacle } from "./obstacle";

/** What a plan asks of the account. */
export interface Wanted {
  /** Resources that are made, those that replace others among them. */
  readonly made: readonly Change[];
  /** Droplets that there are at most, beyond those that there are now. */
  readonly moreDroplets: number;
}

type Read = (path: string, key: string) => Promise<Entry[]>;
type Check = (read: Read, wanted: Wanted, known: KnownResources, account: Entry) => Promise<Obstacle[]>;

/** What the account has, lacks or does not allow of the things that a plan makes. */
export async function findDigitalOceanObstacles(
  account: DigitalOceanAccount,
  wanted: Wanted,
  known: KnownResources,
): Promise<Findings> {
  const unread: string[] = [];
  const lists = new Map<string, Entry[]>();
  const read: Read = async (path, key) => {
    if (!lists.has(path)) lists.set(path, await readable(() => account.list(path, key), path, unread));
    return lists.get(path)!;
  };
  const [itself = {}] = await readable(
    async () => [await account.get("/v2/account", "account")],
    "/v2/account",
    unread,
  );
  const obstacles: Obstacle[] = [];
  // One after the other, because the API limits the requests in a minute.
  for (const check of [checkAccount, checkLimits, checkNetworks, checkNames, checkSizes, checkSshKeys])
    obstacles.push(...(await check(read, wanted, known, itself)));
  return { obstacles, unread };
}

const checkAccount: Check = async (_read, _wanted, _known, { status, status_message: message }) =>
  status === undefined || status === "active"
    ? []
    : [{ what: `the account is ${String(status)}: ${String(message)}`, remedy: "Ask DigitalOcean's support." }];

const checkLimits: Check = async (read, { made, moreDroplets }, _known, account) => {
  const addresses = made.filter(({ type }) => type === "digitalocean_reserved_ip").length;
  const limits = [
    { kind: "droplets", more: moreDroplets, path: "/v2/droplets", key: "droplets", limit: account["droplet_limit"] },
    {
      kind: "reserved IPs",
      more: addresses,
      path: "/v2/reserved_ips",
      key: "reserved_ips",
      limit: account["reserved_ip_limit"],
    },
  ];
  const obstacles: Obstacle[] = [];
  for (const { kind, more, path, key, limit } of limits) {
    if (more <= 0 || typeof limit !== "number") continue;
    const { length: now } = await read(path, key);
    if (now + more > limit)
      obstacles.push({
        what: `the account may have ${limit} ${kind}, and would have up to ${now + more}: ${now} now and ${more} more`,
        remedy: "The deployment would stop in the middle. Remove some, or ask for a higher limit in the control panel.",
      });
  }
  return obstacles;
};

const checkNetworks: Check = async (read, { made }, known) => {
  const wanted = made.filter(({ type }) => type === "digitalocean_vpc");
  const there = wanted.length === 0 ? [] : await read("/v2/vpcs", "vpcs");
  return wanted.flatMap(({ after }) => {
    const range = AddressRange.parse(String(after["ip_range"]));
    return strangers(there, "digitalocean_vpc", known)
      .filter(({ ip_range: other }) => typeof other === "string" && AddressRange.parse(other).overlaps(range))
      .map(({ name, ip_range: other }) => ({
        what: `VPC "${String(name)}" has ${String(other)}, which ${String(range)} overlaps`,
        remedy: "DigitalOcean refuses the network. Choose another network.ipRange, or name that VPC in network.vpc.",
      }));
  });
};

/** Names of which DigitalOcean takes each one once. */
const UNIQUE = [
  { type: "digitalocean_vpc", path: "/v2/vpcs", key: "vpcs" },
  { type: "digitalocean_firewall", path: "/v2/firewalls", key: "firewalls" },
  { type: "digitalocean_database_cluster", path: "/v2/databases", key: "databases" },
];

const checkNames: Check = async (read, { made }, known) => {
  const obstacles: Obstacle[] = [];
  for (const { type, path, key } of UNIQUE) {
    const names = made.filter((change) => change.type === type).map(({ name }) => name);
    if (names.length === 0) continue;
    const taken = strangers(await read(path, key), type, known).filter(({ name }) => names.includes(String(name)));
    obstacles.push(
      ...taken.map(({ id, name }) => ({
        what: `there is a ${words(type)} called "${String(name)}" already (${String(id)})`,
        remedy:
          "DigitalOcean refuses a second one. If an interrupted deployment has left it (npm run orphans), remove it; if it " +
          "is another site's, choose another name.",
      })),
    );
  }
  return obstacles;
};

const checkSizes: Check = async (read, { made }) => {
  const droplets = made.filter(({ type }) => type === "digitalocean_droplet");
  const offers = droplets.length === 0 ? [] : await read("/v2/sizes", "sizes");
  // Without the list nothing can be said.
  if (offers.length === 0) return [];
  const wanted = new Map(
    droplets.map(({ after: { size, region } }) => [`${String(size)} ${String(region)}`, { size, region }]),
  );
  return [...wanted.values()].flatMap(({ size, region }) => {
    const offer = offers.find(({ slug }) => slug === size);
    const regions = offer?.["available"] === true ? (offer["regions"] as readonly string[]) : [];
    if (regions.includes(String(region))) return [];
    const where = regions.length === 0 ? "nowhere" : `in ${regions.join(", ")}`;
    return [
      {
        what: `droplet size ${String(size)} is not offered in ${String(region)} now, but ${where}`,
        remedy: "Choose another size: doctl compute size list.",
      },
    ];
  });
};

const checkSshKeys: Check = async (read, { made }) => {
  const wanted = new Set(
    made.flatMap(({ after }) => (after["ssh_keys"] as readonly string[] | null | undefined) ?? []),
  );
  if (wanted.size === 0) return [];
  const keys = await read("/v2/account/keys", "ssh_keys");
  const there = new Set(keys.flatMap(({ id, fingerprint }) => [String(id), String(fingerprint)]));
  return [...wanted]
    .filter((key) => !there.has(key))
    .map((key) => ({
      what: `the account has no SSH key ${key}`,
      remedy: "DigitalOcean refuses the droplets. doctl compute ssh-key list shows ids and fingerprints for ssh.keys.",
    }));
};

function strangers(entries: readonly Entry[], type: string, known: KnownResources): Entry[] {
  return entries.filter(({ id }) => !known.has(type, String(id)));
}

function words(type: string): string {
  return type.replace("digitalocean_", "").replaceAll("_", " ");
}
