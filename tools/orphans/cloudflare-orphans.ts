import { subjectOf } from "../accounts/client-certificate-subject";
import type { CloudflareAccount } from "../accounts/cloudflare-account";
import type { KnownResources } from "../known-resources";
import type { Orphan, Report } from "./orphans";
import { type Entry, readable } from "../accounts/read-api";
import type { SiteHostname } from "./site-names";

/** A list of a zone and what its entries are to a host name. */
interface Kind {
  readonly type: string;
  readonly path: (zoneId: string) => string;
  readonly query?: (site: SiteHostname) => Readonly<Record<string, string>>;
  readonly name: (entry: Entry) => string;
  readonly createdAt?: string;
  /** undefined: not of this site; false: nobody can tell. */
  readonly ours: (entry: Entry, hostname: string) => boolean | undefined;
}

const KINDS: readonly Kind[] = [
  {
    type: "cloudflare_dns_record",
    path: (zoneId) => `/zones/${zoneId}/dns_records`,
    query: ({ hostname }) => ({ name: hostname }),
    name: ({ name, type, content }) => `${String(name)} ${String(type)} ${String(content)}`,
    createdAt: "created_on",
    // This project makes one A record. AAAA and CNAME records may lead visitors elsewhere; TXT, MX and others do not.
    ours: ({ name, type }, hostname) => {
      if (name !== hostname) return undefined;
      return type === "A" ? true : type === "AAAA" || type === "CNAME" ? false : undefined;
    },
  },
  {
    type: "cloudflare_origin_ca_certificate",
    path: () => "/certificates",
    query: ({ zoneId }) => ({ zone_id: zoneId }),
    name: (entry) => `${hostnamesOf(entry).join(", ")} (until ${String(entry["expires_on"])})`,
    ours: (entry, hostname) => {
      const hostnames = hostnamesOf(entry);
      return hostnames.includes(hostname) && entry["revoked_at"] === undefined ? hostnames.length === 1 : undefined;
    },
  },
  {
    type: "cloudflare_authenticated_origin_pulls_certificate",
    path: (zoneId) => `/zones/${zoneId}/origin_tls_client_auth`,
    name: (entry) => `${subjectOf(entry)} (until ${String(entry["expires_on"])})`,
    createdAt: "uploaded_on",
    // One that is being deleted is still listed for a while.
    ours: (entry, hostname) =>
      subjectOf(entry) === `${hostname} origin pull` && !/delet/.test(String(entry["status"])) ? true : undefined,
  },
];

/** Lists what Cloudflare holds for these host names and the state does not know. */
export async function findCloudflareOrphans(
  account: CloudflareAccount,
  known: KnownResources,
  sites: readonly SiteHostname[],
): Promise<Report> {
  const orphans: Orphan[] = [];
  const unread: string[] = [];
  for (const site of sites)
    for (const kind of KINDS) {
      const path = kind.path(site.zoneId);
      const entries = await readable(() => account.list(path, kind.query?.(site)), path, unread);
      orphans.push(...entries.flatMap((entry) => orphanOf(kind, entry, known, site.hostname)));
    }
  return { orphans, unread };
}

function orphanOf(kind: Kind, entry: Entry, known: KnownResources, hostname: string): Orphan[] {
  const id = String(entry["id"]);
  const ours = kind.ours(entry, hostname);
  if (ours === undefined || known.has(kind.type, id)) return [];
  const createdAt = kind.createdAt === undefined ? undefined : entry[kind.createdAt];
  const made = typeof createdAt === "string" ? { createdAt } : {};
  return [{ type: kind.type, id, name: kind.name(entry), ...made, ours }];
}

function hostnamesOf(entry: Entry): readonly string[] {
  return (entry["hostnames"] as string[] | null | undefined) ?? [];
}
