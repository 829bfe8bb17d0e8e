import type { CloudflareAccount } from "../accounts/cloudflare-account";
import { subjectOf } from "../accounts/client-certificate-subject";
import { type Entry, readable } from "../accounts/read-api";
import type { KnownResources } from "../known-resources";
import type { Change } from "../plan-explanation/change";
import type { Findings, Obstacle } from "./obstacle";

const RECORD = "cloudflare_dns_record";
const CLIENT_CERTIFICATE = "cloudflare_authenticated_origin_pulls_certificate";
/** Record types that answer in the place of an A record, or beside it; TXT, MX and others do not. */
const ADDRESS_TYPES = ["A", "AAAA", "CNAME"];

/** What the zones hold already of the things that a plan makes in them. */
export async function findCloudflareObstacles(
  account: CloudflareAccount,
  made: readonly Change[],
  known: KnownResources,
): Promise<Findings> {
  const obstacles: Obstacle[] = [];
  const unread: string[] = [];
  const list = (path: string, query: Readonly<Record<string, string>> = {}) =>
    readable(() => account.list(path, query), path, unread);
  for (const change of made) {
    const zone = change.after["zone_id"];
    if (typeof zone !== "string") continue;
    if (change.type === RECORD) {
      const records = await list(`/zones/${zone}/dns_records`, { name: String(change.after["name"]) });
      obstacles.push(
        ...records.filter((entry) => isStrangeRecord(entry, change, known)).map(recordObstacle(change, zone)),
      );
    }
    if (change.type === CLIENT_CERTIFICATE) {
      const certificates = await list(`/zones/${zone}/origin_tls_client_auth`);
      obstacles.push(
        ...certificates.filter((entry) => isStrangeCertificate(entry, known)).map(certificateObstacle(zone)),
      );
    }
  }
  return { obstacles, unread };
}

function isStrangeRecord({ id, name, type }: Entry, { after }: Change, known: KnownResources): boolean {
  return name === after["name"] && ADDRESS_TYPES.includes(String(type)) && !known.has(RECORD, String(id));
}

function recordObstacle({ address }: Change, zone: string) {
  return ({ id, name, type, content }: Entry): Obstacle => ({
    what: `${String(name)} has a record already: ${String(type)} ${String(content)} (${String(id)})`,
    remedy:
      type === "A"
        ? "Visitors would be sent to both addresses in turn. Delete it, or adopt it, and the deployment changes it in " +
          `place: terraform import '${address}' '${zone}/${String(id)}'`
        : type === "AAAA"
          ? "Cloudflare would send some of the requests to that address. Delete it."
          : "Cloudflare refuses an A record beside it. Delete it just before the deployment.",
  });
}

/** One that is being deleted is still listed for a while. */
function isStrangeCertificate({ id, status }: Entry, known: KnownResources): boolean {
  return !/delet/.test(String(status)) && !known.has(CLIENT_CERTIFICATE, String(id));
}

function certificateObstacle(zone: string) {
  return (entry: Entry): Obstacle => ({
    what: `zone ${zone} shows another client certificate already: ${subjectOf(entry) || String(entry["id"])}`,
    remedy:
      "Cloudflare shows the newest one to all origins of a zone, and those that trust another one would refuse every " +
      "visitor. If another site uses it, name that site's authorities in zone.clientAuthorities; otherwise delete it.",
  });
}
