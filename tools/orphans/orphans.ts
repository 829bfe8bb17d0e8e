import { nodeName, tierName, tiers } from "../../modules/naming";
import type { DigitalOceanAccount } from "../accounts/digitalocean-account";
import type { KnownResources } from "../known-resources";
import { type Entry, readable } from "../accounts/read-api";

/** Something in the account that Terraform does not know. */
export interface Orphan {
  /** Terraform's resource type. */
  readonly type: string;
  /** By which the API knows it. */
  readonly id: string;
  readonly name: string;
  /** When it was made, if the API tells. */
  readonly createdAt?: string;
  /** False for what has no name of its own and may as well belong to something else. */
  readonly ours: boolean;
}

/** What there is, and what was not looked at, and why. */
export interface Report {
  readonly orphans: readonly Orphan[];
  readonly unread: readonly string[];
}

/** A list of the API and whom its entries belong to. */
interface Kind {
  readonly type: string;
  readonly path: string;
  readonly key: string;
  readonly id: (entry: Entry) => string;
  readonly name: (entry: Entry) => string;
  /** undefined: not of this site; false: nobody can tell. */
  readonly ours: (entry: Entry, site: Site) => boolean | undefined;
}

/** What the things of a site are called in the account. */
interface Site {
  readonly name: string;
  readonly tiers: readonly string[];
  readonly tierNames: readonly string[];
}

const text = (key: string) => (entry: Entry) => String(entry[key] ?? "");
const only = (belongs: (entry: Entry, site: Site) => boolean) => (entry: Entry, site: Site) =>
  belongs(entry, site) ? true : undefined;
const bears = (name: string, entry: Entry) => ((entry["tags"] as string[] | null) ?? []).includes(name);

/**
 * Names are compared as a whole and not by how they begin: the site "shop" is not to claim what belongs to the site
 * "shop-staging".
 */
const KINDS: readonly Kind[] = [
  {
    type: "digitalocean_droplet",
    path: "/v2/droplets",
    key: "droplets",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => site.tierNames.some((tag) => bears(tag, entry)) || isNode(text("name")(entry), site)),
  },
  {
    type: "digitalocean_volume",
    path: "/v2/volumes",
    key: "volumes",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => text("name")(entry).startsWith(`${site.name}-`)),
  },
  {
    type: "digitalocean_firewall",
    path: "/v2/firewalls",
    key: "firewalls",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => site.tierNames.includes(text("name")(entry))),
  },
  {
    type: "digitalocean_tag",
    path: "/v2/tags",
    key: "tags",
    id: text("name"),
    name: text("name"),
    ours: only((entry, site) => site.tierNames.includes(text("name")(entry))),
  },
  {
    type: "digitalocean_reserved_ip",
    path: "/v2/reserved_ips",
    key: "reserved_ips",
    id: text("ip"),
    name: (entry) => holderOf(entry)?.name ?? "(held by no droplet)",
    // An address has no name. One that nobody holds costs money, so it is worth a look whoever left it.
    ours: (entry, site) => {
      const holder = holderOf(entry);
      return holder === undefined ? false : isNode(holder.name, site) ? true : undefined;
    },
  },
  {
    type: "digitalocean_vpc",
    path: "/v2/vpcs",
    key: "vpcs",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => text("name")(entry) === site.name),
  },
  {
    type: "digitalocean_database_cluster",
    path: "/v2/databases",
    key: "databases",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => text("name")(entry) === `${site.name}-postgres`),
  },
  {
    type: "digitalocean_monitor_alert",
    path: "/v2/monitoring/alerts",
    key: "policies",
    id: text("uuid"),
    name: text("description"),
    ours: only((entry, site) =>
      [...site.tiers, "database"].some((part) => text("description")(entry).startsWith(`${site.name} ${part}: `)),
    ),
  },
  {
    type: "digitalocean_uptime_check",
    path: "/v2/uptime/checks",
    key: "checks",
    id: text("id"),
    name: text("name"),
    ours: only((entry, site) => text("name")(entry) === site.name),
  },
];

/** Lists what the account holds under the names of these sites and the state does not know. */
export async function findOrphans(
  account: DigitalOceanAccount,
  known: KnownResources,
  names: readonly string[],
): Promise<Report> {
  const sites = names.map((name) => siteOf(name, known));
  const orphans: Orphan[] = [];
  const unread: string[] = [];
  // One after the other, because the API limits the requests in a minute.
  for (const kind of KINDS) {
    const entries = await readable(() => account.list(kind.path, kind.key), kind.path, unread);
    orphans.push(...entries.flatMap((entry) => orphanOf(kind, entry, known, sites)));
    if (kind.type === "digitalocean_database_cluster")
      for (const entry of entries.filter((one) => sites.some((site) => kind.ours(one, site))))
        orphans.push(...(await orphanReplicas(account, kind.id(entry), known, unread)));
  }
  return { orphans, unread };
}

/** A site may have tiers of its own, each with a tag; the id of a tag is its name. */
function siteOf(name: string, known: KnownResources): Site {
  const tagged = known.all("digitalocean_tag").filter((tag) => tag.startsWith(`${name}-`));
  const all = [...new Set([...tiers, ...tagged.map((tag) => tag.slice(name.length + 1))])];
  return { name, tiers: all, tierNames: all.map((tier) => tierName(name, tier)) };
}

function orphanOf(kind: Kind, entry: Entry, known: KnownResources, sites: readonly Site[]): Orphan[] {
  const id = kind.id(entry);
  if (known.has(kind.type, id)) return [];
  const verdicts = sites.map((site) => kind.ours(entry, site)).filter((verdict) => verdict !== undefined);
  if (verdicts.length === 0) return [];
  const createdAt = entry["created_at"];
  return [
    {
      type: kind.type,
      id,
      name: kind.name(entry),
      ...(typeof createdAt === "string" ? { createdAt } : {}),
      ours: verdicts.includes(true),
    },
  ];
}

/** Replicas are listed per cluster, and all of one of our clusters are ours. */
async function orphanReplicas(
  account: DigitalOceanAccount,
  clusterId: string,
  known: KnownResources,
  unread: string[],
): Promise<Orphan[]> {
  const path = `/v2/databases/${clusterId}/replicas`;
  const entries = await readable(() => account.list(path, "replicas"), path, unread);
  const type = "digitalocean_database_replica";
  return entries
    .map((entry) => ({ type, id: text("id")(entry), name: text("name")(entry), ours: true }))
    .filter(({ id }) => !known.has(type, id));
}

function isNode(name: string, site: Site): boolean {
  const id = /-(\d+)$/.exec(name)?.[1];
  return id !== undefined && site.tiers.some((tier) => nodeName(site.name, tier, id) === name);
}

function holderOf(entry: Entry): { readonly name: string } | undefined {
  return (entry["droplet"] as { name: string } | null | undefined) ?? undefined;
}
