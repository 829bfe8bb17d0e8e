import type { Change } from "./change";

/** What a change of one resource means for a site, in words. */
export interface Effect {
  readonly address: string;
  readonly kind: Change["kind"];
  /** A clause about the resource: what happens, and what visitors or operators notice. */
  readonly what: string;
  /**
   * `refused`: Terraform will not do it while the resource is protected; `loss`: data or an address that does not come
   * back; `risk`: may be noticed; `quiet`: no visitor notices; `unknown`: nothing is known here about this change.
   */
  readonly level: "refused" | "loss" | "risk" | "quiet" | "unknown";
}

type Judgement = readonly [level: Effect["level"], what: string];
type Judge = (change: Change) => Judgement;

const quiet =
  (what: string): Judge =>
  () => ["quiet", what];

/** For each type what its changes mean. Nodes and gates are not here: a roll-out tells about them. */
const JUDGES: Readonly<Record<string, Judge>> = {
  digitalocean_database_cluster: judgeCluster,
  digitalocean_database_replica: judgeReplica,
  digitalocean_database_db: ({ kind }) =>
    isGone(kind) ? ["loss", "the database and all its data go"] : ["quiet", "a database is made"],
  digitalocean_database_user: ({ kind }) =>
    isGone(kind)
      ? ["risk", "the user goes: connections with its name end, and tables that it owns have to be given to another"]
      : ["quiet", "a database user is made"],
  digitalocean_database_connection_pool: ({ kind, createsFirst }) => {
    if (kind === "delete") return ["risk", "the pool goes: who still writes through it is cut off"];
    if (kind !== "replace") return ["quiet", "a pool is made"];
    return createsFirst
      ? ["quiet", "the new pool is there before the old one goes, which is after the app nodes have moved"]
      : ["risk", "the pool goes before the new one is there: nothing can be written meanwhile"];
  },
  digitalocean_database_firewall: ({ kind }) =>
    isGone(kind)
      ? ["risk", "without its list of trusted sources a database is open to the internet, until it is gone itself"]
      : ["quiet", "who may reach the database changes; connections that exist stay"],
  digitalocean_vpc: ({ kind }) =>
    isGone(kind)
      ? [
          "risk",
          "the private network goes, with every droplet and database in it; a new one cannot have its range or name",
        ]
      : ["quiet", "the private network is made or renamed"],
  digitalocean_reserved_ip: ({ kind }) =>
    isGone(kind)
      ? ["loss", "the site's public address goes and does not come back"]
      : ["quiet", "the site's public address is made"],
  digitalocean_firewall: ({ kind }) =>
    isGone(kind)
      ? ["risk", "nodes with its tag are without these rules until they have others"]
      : ["quiet", "rules change in place; connections that exist outlive a rule that goes"],
  digitalocean_tag: ({ kind }) =>
    isGone(kind) ? ["risk", "nodes with the old tag lose firewall and peers with it"] : ["quiet", "a tag is made"],
  cloudflare_dns_record: judgeRecord,
  cloudflare_zone_setting: () => ["risk", "a setting of the whole zone: it holds for its other names too"],
  cloudflare_origin_ca_certificate: ({ kind }) =>
    kind === "create"
      ? ["quiet", "a certificate for the load balancers is issued"]
      : ["risk", "the load balancers' certificate changes: they are replaced; the old one is revoked at the end"],
  cloudflare_authenticated_origin_pulls_certificate: ({ kind, createsFirst }) =>
    kind === "create" || (kind === "replace" && createsFirst)
      ? ["quiet", "Cloudflare gets its new client certificate before the old one goes"]
      : ["risk", "Cloudflare comes without a client certificate for a while and is refused by the load balancers"],
  cloudflare_authenticated_origin_pulls_settings: ({ kind }) =>
    isGone(kind)
      ? ["risk", "Cloudflare stops showing its client certificate, without which load balancers refuse it"]
      : ["quiet", "Cloudflare shows its client certificate"],
  tls_self_signed_cert: ({ kind }) =>
    kind === "create"
      ? ["quiet", "a CA for client certificates is made"]
      : ["quiet", "a CA that signs nothing now is made anew: load balancers are replaced, to trust it"],
  tls_private_key: quiet("a key, of which only what is made with it matters"),
  tls_cert_request: quiet("a request, of which only the certificate matters"),
  tls_locally_signed_cert: quiet("a certificate, which matters where it is used"),
  digitalocean_monitor_alert: quiet("an alert"),
  digitalocean_uptime_check: quiet("the check from outside"),
  digitalocean_uptime_alert: quiet("an alert"),
};

/** What a change means. `isRefusable` says whether Terraform may have refused it. */
export function effectOf(change: Change): Effect {
  const [level, what] = judge(change);
  return { address: change.address, kind: change.kind, what, level };
}

function judge(change: Change): Judgement {
  if (change.kind === "forget") return ["quiet", "Terraform forgets it, and it stays"];
  if (change.deposed) return ["quiet", "left behind by an interrupted deployment, and taken away now"];
  const judge = JUDGES[change.type];
  return judge ? judge(change) : ["unknown", `${change.kind}: look at the plan itself`];
}

/** Types that this project protects from destruction (`prevent_destroy`). */
const PROTECTED = new Set([
  "digitalocean_database_cluster",
  "digitalocean_database_db",
  "digitalocean_database_firewall",
  "digitalocean_reserved_ip",
  "tls_self_signed_cert",
]);

/** Whether Terraform may have refused a plan because of this change. */
export function isRefusable({ type, kind }: Change): boolean {
  return PROTECTED.has(type) && isGone(kind);
}

function isGone(kind: Change["kind"]): boolean {
  return kind === "delete" || kind === "replace";
}

/** Attributes of a cluster that change while it serves. */
const QUIET_CLUSTER_ATTRIBUTES = ["maintenance_window", "tags", "project_id"];

function judgeCluster({ kind, attributes }: Change): Judgement {
  if (kind === "create") return ["quiet", "the database is made"];
  if (isGone(kind)) return ["loss", "the database cluster goes, with all its data"];
  if (attributes.includes("version"))
    return ["risk", "PostgreSQL is upgraded in place: nothing can be written meanwhile, and there is no way back"];
  if (attributes.includes("size") || attributes.includes("storage_size_mib"))
    return ["risk", "the database moves to machines of another size: at the end of that its connections end once"];
  if (attributes.includes("node_count")) return ["quiet", "a standby is added or removed while the primary serves"];
  if (attributes.every((name) => QUIET_CLUSTER_ATTRIBUTES.includes(name))) return ["quiet", "settings of the cluster"];
  return ["risk", `the cluster changes in place (${attributes.join(", ")})`];
}

function judgeReplica({ kind }: Change): Judgement {
  if (kind === "create") return ["quiet", "a replica is made and filled"];
  if (kind === "update") return ["risk", "the replica moves to another size: reads go to the other ones meanwhile"];
  if (kind === "replace") return ["risk", "the replica is replaced: reads that it answers fail once and go elsewhere"];
  return ["risk", "the replica goes: reads that it answers fail once, and the others have to carry them"];
}

function judgeRecord({ kind, attributes }: Change): Judgement {
  if (kind === "create") return ["quiet", "the public name is made"];
  if (isGone(kind)) return ["risk", "the public name goes, and visitors do not find the site until there is another"];
  if (attributes.includes("content")) return ["risk", "the public name stands for another address from now on"];
  return ["risk", `the record of the public name changes (${attributes.join(", ")})`];
}
