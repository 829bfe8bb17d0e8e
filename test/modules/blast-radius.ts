import { renderMarkdownTable } from "../../programs/table";
import type {
  AlertSettings,
  AppTierSettings,
  LoadBalancerPairSettings,
  NetworkSettings,
  PostgresSettings,
  SshSettings,
  TokenSettings,
  WebInfrastructureProps,
  WebTierSettings,
  ZoneSettings,
} from "../../modules";
import { type Change, changesOf } from "../../tools/plan-explanation/change";
import type { JsonPlan } from "../../tools/plan-explanation/json-plan";

const units = ["fstrim.timer"];
const files = [{ path: "/etc/example", content: "example\n" }];

/** The groups of settings by their names; of two forms the one that makes something. */
interface Groups {
  readonly zone: ZoneSettings;
  readonly network: NetworkSettings;
  readonly loadBalancers: LoadBalancerPairSettings;
  readonly web: WebTierSettings;
  readonly app: AppTierSettings;
  readonly database: PostgresSettings;
  readonly alerts: AlertSettings;
  readonly ssh: SshSettings;
  readonly tokens: TokenSettings;
}

/** A value for every setting, those in groups as well: typed so that none can be forgotten. */
type Every = Required<Omit<WebInfrastructureProps, keyof Groups>> & {
  readonly [Name in keyof Groups]: Required<Groups[Name]>;
};

/** For every setting another value than it has by default. */
const every: Every = {
  hostname: "shop.example.com",
  otherHostnames: [{ hostname: "example.com", redirects: true }],
  zone: {
    id: "023e105f4ecef8ad9ca31a8372d0c354",
    name: "example.com",
    manageSettings: false,
    minimumTlsVersion: "1.3",
    cachePages: true,
    smartTieredCache: true,
    clientAuthority: "second",
    clientAuthorities: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  },
  name: "shop",
  region: "ams3",
  image: "debian-13-x64-2",
  network: { ipRange: "10.120.0.0/20" },
  loadBalancers: {
    nodes: 3,
    size: "s-2vcpu-2gb",
    edgeWitness: false,
    strictTransportSecurity: { maximumAgeDays: 30 },
    limitsPerAddress: { requestsPerSecond: 100 },
    extraFiles: files,
    extraPackages: ["htop"],
    extraUnits: units,
  },
  web: {
    nodes: 3,
    size: "s-2vcpu-2gb",
    batchSize: 2,
    staticContent: { kind: "archive", url: "https://example.com/site.tar.gz", sha256: "0".repeat(64) },
    requestTimeoutSeconds: 60,
    maximumBodyMib: 20,
    bufferUploads: false,
    stickySessions: true,
    // To a tier of its own, that has to be made as well; how the web nodes' part of it goes is the same.
    routes: [{ path: "/api", tier: "app" }],
    extraFiles: files,
    extraPackages: ["htop"],
    extraUnits: units,
  },
  app: {
    nodes: 3,
    size: "s-2vcpu-4gb",
    batchSize: 2,
    databaseConnections: 6,
    application: { kind: "container", image: "ghcr.io/example/app:1.0.0" },
    canary: { durationSeconds: 120, sharePercent: 5 },
    workers: { mailer: { command: ["bin/jobs"] } },
    schedules: { cleanup: { at: "03:00", command: ["bin/cleanup"] } },
    extraFiles: files,
    extraPackages: ["htop"],
    extraUnits: units,
  },
  database: {
    size: "db-s-2vcpu-4gb",
    nodes: 3,
    readReplicas: 3,
    replicaSize: "db-s-2vcpu-4gb",
    version: "18",
    storageGib: 100,
    trustedSources: ["198.51.100.7/32"],
    keepAdministrator: true,
    databaseName: "shop",
    userName: "shop",
    poolMode: "transaction",
    maximumReplicaLagSeconds: 5,
    statementTimeoutSeconds: 60,
    lockTimeoutSeconds: 10,
    idleInTransactionTimeoutSeconds: 30,
    maintenanceDay: "monday",
    maintenanceHour: "03:00",
    restoreFrom: { cluster: "other-postgres" },
  },
  restoredDatabase: { at: "2026-01-31T19:25:22Z", serve: true },
  alerts: {
    emails: ["ops@example.com"],
    slack: [{ channel: "#ops", url: "https://hooks.slack.com/services/T0/B0/x" }],
    nodes: { cpuPercent: 40 },
    database: { diskPercent: 60 },
    site: { slowSeconds: 5 },
  },
  ssh: { keys: ["289794"], sources: ["192.0.2.7/32"] },
  tokens: {
    failover: `dop_v1_${"a".repeat(64)}`,
    discovery: `dop_v1_${"b".repeat(64)}`,
    database: `dop_v1_${"c".repeat(64)}`,
  },
  readinessLimitMinutes: 20,
  maintenance: { allow: ["203.0.113.0/24"] },
  traffic: [{ from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 }],
  tags: ["shop"],
  project: "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679",
  allowSinglePointsOfFailure: true,
};

const groups: Readonly<Record<keyof Groups, true>> = {
  zone: true,
  network: true,
  loadBalancers: true,
  web: true,
  app: true,
  database: true,
  alerts: true,
  ssh: true,
  tokens: true,
};

/** Settings that cannot be planned here: the local cloud has no projects, and the site's application is no container. */
export const withoutPlan: readonly string[] = ["project", "app.workers", "app.schedules"];

/** For every setting, by its path, one change of it alone. */
export function changesOfProperties(): Record<string, unknown> {
  const entries = Object.entries(every).flatMap(([name, value]): (readonly [string, unknown])[] =>
    name in groups ? Object.entries(value as object).map(([inner, one]) => [`${name}.${inner}`, one]) : [[name, value]],
  );
  return Object.fromEntries(entries);
}

/** What a plan does, as the cells of a row: replaced, changed in place, added, removed; or why it is refused. */
export function blastRadius(plan: JsonPlan): string[] {
  const changes = changesOf(plan).filter(({ type }) => type !== "terraform_data");
  const isProtected = ({ type }: Change) => /reserved_ip|database/.test(type);
  const protectedOnes = (kind: Change["kind"]) =>
    changes.filter((change) => change.kind === kind && isProtected(change));
  if (plan.errored && protectedOnes("replace").length > 0)
    return [`**refused**: would replace ${describe(protectedOnes("replace"))}`, "", "", ""];
  if (plan.errored) return [`**refused**: would destroy ${describe(protectedOnes("delete"))}`, "", "", ""];
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
  return [
    ...all.filter((word) => !isAlert(word)),
    ...(alerts > 0 ? [`${alerts} ${alerts === 1 ? "alert" : "alerts"}`] : []),
  ].join(", ");
}

function nodes(word: string, count: number): string {
  return `${count} ${word.replace(" nodes", count === 1 ? " node" : " nodes")}`;
}

/** `database_connection_pool.database_pool` for `digitalocean_database_connection_pool.site_database_pool_584A92D5`. */
function shortAddress(address: string): string {
  return address
    .replace(/^(digitalocean|cloudflare)_/, "")
    .replace(/\.site_/, ".")
    .replace(/_[0-9A-F]{8}(\[0\])?$/, "");
}

/** The table of the documentation. */
export function renderTable(rows: ReadonlyArray<readonly string[]>): string {
  return renderMarkdownTable(["setting", "replaces", "changes in place", "adds", "removes"], rows);
}
