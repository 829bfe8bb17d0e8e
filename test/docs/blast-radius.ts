import { renderMarkdownTable } from "../../programs/table";
import type { WebInfrastructureProps } from "../../modules/web-infrastructure-settings";
import { type Change, changesOf } from "../../tools/plan-explanation/change";
import type { JsonPlan } from "../../tools/plan-explanation/json-plan";

const files = [{ path: "/etc/example", content: "example\n" }];

/** For every property one change of it alone, from what it is by default. Typed so that none can be forgotten. */
export const changesOfProperties: {
  readonly [P in keyof Required<WebInfrastructureProps>]: WebInfrastructureProps[P];
} = {
  hostname: "shop.example.com",
  zoneId: "023e105f4ecef8ad9ca31a8372d0c354",
  name: "shop",
  region: "ams3",
  vpcIpRange: "10.120.0.0/20",
  image: "debian-13-x64-2",
  sshKeys: ["289794"],
  sshSources: ["192.0.2.7/32"],
  readinessLimitMinutes: 20,
  minimumTlsVersion: "1.3",
  clientAuthority: "second",
  alertEmails: ["ops@example.com"],
  failoverToken: `dop_v1_${"a".repeat(64)}`,
  discoveryToken: `dop_v1_${"b".repeat(64)}`,
  loadBalancers: 3,
  loadBalancerSize: "s-2vcpu-2gb",
  edgeWitness: false,
  loadBalancerExtraFiles: files,
  loadBalancerExtraPackages: ["htop"],
  webNodes: 3,
  webSize: "s-2vcpu-2gb",
  webBatchSize: 2,
  staticContent: { kind: "archive", url: "https://example.com/site.tar.gz", sha256: "0".repeat(64) },
  webExtraFiles: files,
  webExtraPackages: ["htop"],
  appNodes: 3,
  appSize: "s-2vcpu-4gb",
  appBatchSize: 2,
  application: { kind: "container", image: "ghcr.io/example/app:1.0.0" },
  appExtraFiles: files,
  appExtraPackages: ["htop"],
  databaseSize: "db-s-2vcpu-4gb",
  databaseNodes: 3,
  readReplicas: 3,
  replicaSize: "db-s-2vcpu-4gb",
  databaseName: "shop",
  databaseUser: "shop",
  poolSize: 25,
  poolMode: "session",
  maintenanceDay: "monday",
  maintenanceHour: "03:00",
};

/** What a plan does, as the cells of a row: replaced, changed in place, added, removed; or why it is refused. */
export function blastRadius(plan: JsonPlan): string[] {
  const changes = changesOf(plan).filter(({ type }) => type !== "terraform_data");
  const refused = changes.filter(({ type, kind }) => kind === "replace" && /reserved_ip|database/.test(type));
  if (plan.errored) return [`**refused**: would replace ${describe(refused)}`, "", "", ""];
  if (changes.length === 0) return ["nothing", "", "", ""];
  return (["replace", "update", "create", "delete"] as const).map((kind) =>
    describe(changes.filter((change) => change.kind === kind)),
  );
}

/** Resources in a few words: nodes by their tier, the others by how they are called in the code. */
function describe(changes: readonly Change[]): string {
  const words = changes.map(({ address }) => {
    const node = /^digitalocean_droplet\.site_(.+)_\d+_/.exec(address)?.[1];
    return node === undefined ? `\`${shortAddress(address)}\`` : `${node} nodes`;
  });
  const counted = new Map<string, number>();
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + 1);
  const all = [...counted].map(([word, count]) => (word.endsWith(" nodes") ? nodes(word, count) : word));
  const isAlert = (word: string) => /^`(monitor|uptime)_alert\./.test(word);
  const alerts = all.filter(isAlert).length;
  return [...all.filter((word) => !isAlert(word)), ...(alerts > 0 ? [`${alerts} alerts`] : [])].join(", ");
}

function nodes(word: string, count: number): string {
  return `${count} ${word.replace(" nodes", count === 1 ? " node" : " nodes")}`;
}

/** `database_connection_pool.database_pool` for `digitalocean_database_connection_pool.site_database_pool_584A92D5`. */
function shortAddress(address: string): string {
  return address
    .replace(/^(digitalocean|cloudflare)_/, "")
    .replace(/\.site_/, ".")
    .replace(/_[0-9A-F]{8}$/, "");
}

/** The table of the documentation. */
export function renderTable(rows: ReadonlyArray<readonly string[]>): string {
  return renderMarkdownTable(["property", "replaces", "changes in place", "adds", "removes"], rows);
}
