import { loadExchanges, phasesOf, RecordedApi, type Exchange, type Phase } from "./recorded-api";
import { needsTerraform } from "./needs-terraform";
import { TerraformProject } from "./terraform-project";

/**
 * What the real providers sent, step by step, with configurations that bring it about: the bridge must send the same
 * requests in the same order per path, and find nothing to change afterwards.
 */

const zone_id = "023e105f4ecef8ad9ca31a8372d0c353";
const cluster_id = "762b6a77-122e-5b8c-9323-44bea268f3c0";

/** Resources of a step, `type.name` to attributes. Steps that write, in the order of the recording. */
type Resources = Readonly<Record<string, object>>;

interface Replay {
  readonly recording: string;
  /** Only exchanges of these cases. */
  readonly cases?: readonly string[];
  readonly steps: readonly Resources[];
  /** Texts that the last step's error must have. */
  readonly fails?: string;
  /** The real provider finds something to change after the last step too. */
  readonly drifts?: boolean;
}

const everywhere = ["0.0.0.0/0", "::/0"];

function webFirewall(...inbound_rule: readonly object[]): Resources {
  return {
    "digitalocean_firewall.web": {
      name: "web",
      tags: ["web"],
      inbound_rule,
      outbound_rule: [
        { protocol: "tcp", port_range: "1-65535", destination_addresses: everywhere },
        { protocol: "udp", port_range: "1-65535", destination_addresses: everywhere },
        { protocol: "icmp", destination_addresses: everywhere },
      ],
    },
  };
}

function droplet(changes: object = {}): object {
  return {
    name: "lb-1.example.com",
    region: "fra1",
    size: "s-1vcpu-1gb",
    image: "debian-12-x64",
    ssh_keys: ["65:da:18:31:15:bd:5c:15:82:92:33:40:8b:a0:22:49"],
    monitoring: true,
    user_data: "#cloud-config\n",
    tags: ["web"],
    vpc_uuid: "37071ea7-2071-5bb3-b7c4-60479d50c21b",
    ...changes,
  };
}

function cluster(changes: object = {}): object {
  return {
    name: "example-pg",
    engine: "pg",
    version: "17",
    size: "db-s-1vcpu-2gb",
    region: "fra1",
    node_count: 2,
    ...changes,
  };
}

function replicas(changes: object = {}): Resources {
  const replica = {
    cluster_id,
    region: "fra1",
    size: "db-s-1vcpu-2gb",
    private_network_uuid: "37071ea7-2071-5bb3-b7c4-60479d50c21b",
    tags: ["app"],
    ...changes,
  };
  return {
    "digitalocean_database_replica.first": { ...replica, name: "example-pg-read-1" },
    "digitalocean_database_replica.second": { ...replica, name: "example-pg-read-2" },
  };
}

function databaseFirewalls(ids: readonly string[], ...more: readonly object[]): Resources {
  const rule = { type: "tag", value: "app" };
  const all = ids.map((id, index) => {
    const rules = index === 0 ? [rule, ...more] : [rule];
    return [`digitalocean_database_firewall.f${index}`, { cluster_id: id, rule: rules }];
  });
  return Object.fromEntries(all);
}

function alerts(webValue: number): Resources {
  const email = ["ops@example.com"];
  const slack = [{ channel: "ops", url: "https://hooks.slack.example.com/services/T000/B000/XXXX" }];
  const common = { compare: "GreaterThan", window: "5m" };
  return {
    "digitalocean_monitor_alert.disk": {
      ...common,
      type: "v1/dbaas/alerts/disk_utilization_alerts",
      description: "Disk of the database",
      value: 80,
      entities: ["9cc10173-e9ea-4176-9dbc-a4cee4c4ff30"],
      alerts: [{ email, slack }],
    },
    "digitalocean_monitor_alert.cpu": {
      ...common,
      type: "v1/insights/droplet/cpu",
      description: "CPU of the web tier",
      value: webValue,
      tags: ["web"],
      alerts: [{ email }],
    },
  };
}

function settings(changes: Readonly<Record<string, string>> = {}): Resources {
  const values = { tls_client_auth: "on", always_use_https: "on", ssl: "strict", min_tls_version: "1.2", ...changes };
  return Object.fromEntries(
    Object.entries(values).map(([setting_id, value]) => [
      `cloudflare_zone_setting.${setting_id}`,
      { zone_id, setting_id, value },
    ]),
  );
}

function cacheRules(seconds: number): Resources {
  const rule = {
    ref: "static",
    action: "set_cache_settings",
    action_parameters: { cache: true, edge_ttl: { default: seconds, mode: "override_origin" } },
    description: "cache static files",
    enabled: true,
    expression: '(starts_with(http.request.uri.path, "/static/"))',
  };
  const ruleset = { zone_id, kind: "zone", name: "cache rules", phase: "http_request_cache_settings", rules: [rule] };
  return { "cloudflare_ruleset.cache": ruleset };
}

function vpc(changes: object = {}): Resources {
  const main = { name: "example-vpc", region: "fra1", description: "first", ip_range: "10.20.0.0/20", ...changes };
  return { "digitalocean_vpc.main": main };
}

const record = { zone_id, name: "www.example.com", type: "A", content: "198.51.100.10", proxied: true, ttl: 1 };
const key = (number: string) =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${number}V4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGVleGFt ops@example.com`;
const check = {
  name: "www",
  type: "https",
  target: "https://www.example.com/healthz",
  regions: ["us_east", "eu_west"],
};
const uptimeAlert = {
  name: "www is down",
  check_id: "6477510d-9987-543b-ad5d-0af24166c2d1",
  type: "down",
  threshold: 1,
  comparison: "less_than",
  period: "2m",
  notifications: [{ email: ["ops@example.com"] }],
};
const user = (name: string) => ({ "digitalocean_database_user.app": { cluster_id, name } });
const database = (name: string) => ({ "digitalocean_database_db.app": { cluster_id, name } });
const pool = (changes: object) => ({
  "digitalocean_database_connection_pool.app": { cluster_id, name: "app-pool", mode: "transaction", ...changes },
});
const config = (work_mem: number) => ({
  "digitalocean_database_postgresql_config.main": {
    cluster_id,
    jit: true,
    log_min_duration_statement: 1000,
    timezone: "UTC",
    work_mem,
  },
});
const requests = bodies("cloudflare_origin_ca_certificate");
const originCertificate = (requested_validity: number) => ({
  "cloudflare_origin_ca_certificate.web": {
    csr: requests[0].csr,
    hostnames: ["example.com", "*.example.com"],
    request_type: "origin-ecc",
    requested_validity,
  },
});
const clientCertificates = bodies("cloudflare_authenticated_origin_pulls_certificate").map((body) => ({
  "cloudflare_authenticated_origin_pulls_certificate.edge": { zone_id, ...body },
}));
const balancer = (changes: object = {}) => ({ "digitalocean_droplet.lb": droplet({ ...changes }) });

const replays: readonly Replay[] = [
  {
    recording: "digitalocean_tag",
    steps: [
      { "digitalocean_tag.a": { name: "lb" }, "digitalocean_tag.b": { name: "web" } },
      { "digitalocean_tag.a": { name: "edge" }, "digitalocean_tag.b": { name: "web" } },
      {},
    ],
  },
  {
    recording: "digitalocean_vpc",
    steps: [vpc(), vpc({ description: "second" }), vpc({ description: "second", ip_range: "10.30.0.0/20" }), {}],
  },
  {
    recording: "digitalocean_ssh_key",
    steps: [
      { "digitalocean_ssh_key.ops": { name: "ops", public_key: key("G") } },
      { "digitalocean_ssh_key.ops": { name: "ops-renamed", public_key: key("G") } },
      { "digitalocean_ssh_key.ops": { name: "ops-renamed", public_key: key("H") } },
      {},
    ],
  },
  {
    recording: "digitalocean_firewall",
    steps: [
      webFirewall(
        { protocol: "tcp", port_range: "8080", source_tags: ["lb"] },
        { protocol: "icmp", source_addresses: ["10.20.0.0/20"] },
      ),
      webFirewall(
        { protocol: "tcp", port_range: "8080", source_tags: ["lb"] },
        { protocol: "tcp", port_range: "22", source_addresses: ["192.0.2.0/24"], source_droplet_ids: [3164444] },
        { protocol: "icmp", source_addresses: ["10.20.0.0/20"] },
      ),
      webFirewall(
        { protocol: "tcp", port_range: "8080", source_tags: ["edge"] },
        { protocol: "icmp", source_addresses: ["10.30.0.0/20"] },
      ),
      {},
    ],
  },
  {
    recording: "digitalocean_droplet",
    steps: [
      {
        "digitalocean_droplet.lb": droplet({ graceful_shutdown: true, resize_disk: false }),
        "digitalocean_droplet.app": droplet({ graceful_shutdown: true, name: "app-1.example.com" }),
      },
      {
        "digitalocean_droplet.lb": droplet({
          graceful_shutdown: true,
          resize_disk: false,
          size: "s-1vcpu-2gb",
          name: "lb-renamed.example.com",
          tags: ["web", "extra"],
        }),
        "digitalocean_droplet.app": droplet({ graceful_shutdown: true, name: "app-1.example.com", tags: ["extra"] }),
      },
      {
        "digitalocean_droplet.lb": droplet({
          graceful_shutdown: true,
          resize_disk: false,
          size: "s-1vcpu-2gb",
          name: "lb-renamed.example.com",
          tags: ["web", "extra"],
          user_data: "#cloud-config\n# v2\n",
        }),
        "digitalocean_droplet.app": droplet({
          graceful_shutdown: true,
          name: "app-1.example.com",
          tags: ["extra"],
          user_data: "#cloud-config\n# v2\n",
          lifecycle: { create_before_destroy: true },
        }),
      },
      {},
    ],
  },
  {
    recording: "digitalocean_reserved_ip",
    steps: [
      { "digitalocean_reserved_ip.web": { region: "fra1" } },
      { "digitalocean_reserved_ip.web": { region: "nyc3" } },
      {},
    ],
  },
  {
    recording: "digitalocean_database_cluster",
    steps: [
      {
        "digitalocean_database_cluster.main": cluster({
          private_network_uuid: "37071ea7-2071-5bb3-b7c4-60479d50c21b",
          tags: ["app"],
          maintenance_window: [{ day: "monday", hour: "02:00" }],
        }),
      },
      {
        "digitalocean_database_cluster.main": cluster({
          private_network_uuid: "37071ea7-2071-5bb3-b7c4-60479d50c21b",
          tags: ["app", "extra"],
          size: "db-s-2vcpu-4gb",
          maintenance_window: [{ day: "sunday", hour: "04:30" }],
        }),
      },
      {},
    ],
  },
  {
    recording: "digitalocean_database_cluster_upgrade_and_replace",
    steps: [
      { "digitalocean_database_cluster.main": cluster({ version: "16" }) },
      { "digitalocean_database_cluster.main": cluster({ version: "17" }) },
      { "digitalocean_database_cluster.main": cluster({ version: "17", name: "example-pg-2" }) },
      {},
    ],
  },
  {
    recording: "digitalocean_database_replica",
    steps: [
      replicas(),
      replicas({ size: "db-s-2vcpu-4gb" }),
      replicas({ size: "db-s-2vcpu-4gb", tags: ["app", "extra"] }),
      {},
    ],
  },
  { recording: "digitalocean_database_db", steps: [database("app"), database("app2"), {}] },
  { recording: "digitalocean_database_user", steps: [user("appuser"), user("appuser2"), {}] },
  {
    recording: "digitalocean_database_connection_pool",
    steps: [
      pool({ user: "appuser", db_name: "app", size: 10 }),
      pool({ user: "appuser2", db_name: "app2", size: 15 }),
      {},
    ],
  },
  {
    recording: "digitalocean_database_firewall",
    steps: [
      databaseFirewalls([cluster_id, "492e7c26-13a0-5326-bfaf-f39cdebf450c", "554a267b-5f1c-5c9f-956e-665134cdd8d4"]),
      databaseFirewalls([cluster_id, "492e7c26-13a0-5326-bfaf-f39cdebf450c", "554a267b-5f1c-5c9f-956e-665134cdd8d4"], {
        type: "ip_addr",
        value: "192.0.2.10",
      }),
      databaseFirewalls([cluster_id, "ac8bcce8-ae2c-56e1-8d12-6b0ee1f0f451", "796497f9-f9ec-585e-aff0-c5d0c8fb61f2"]),
      {},
    ],
  },
  { recording: "digitalocean_database_postgresql_config", steps: [config(8), config(16)] },
  { recording: "digitalocean_monitor_alert", steps: [alerts(80), alerts(90), {}] },
  {
    recording: "digitalocean_uptime_check",
    steps: [
      { "digitalocean_uptime_check.www": check },
      { "digitalocean_uptime_check.www": { ...check, target: "https://app.example.com/healthz" } },
      {},
    ],
  },
  {
    recording: "digitalocean_uptime_alert",
    steps: [
      { "digitalocean_uptime_alert.down": uptimeAlert },
      { "digitalocean_uptime_alert.down": { ...uptimeAlert, period: "5m" } },
      {},
    ],
  },
  {
    recording: "cloudflare_dns_record",
    steps: [
      { "cloudflare_dns_record.www": record },
      { "cloudflare_dns_record.www": { ...record, content: "198.51.100.11" } },
      { "cloudflare_dns_record.www": { ...record, content: "198.51.100.11", name: "app.example.com" } },
      {},
    ],
  },
  { recording: "cloudflare_zone_setting", steps: [settings(), settings({ ssl: "full", min_tls_version: "1.3" })] },
  { recording: "cloudflare_origin_ca_certificate", steps: [originCertificate(5475), originCertificate(365), {}] },
  { recording: "cloudflare_authenticated_origin_pulls_certificate", steps: [...clientCertificates, {}] },
  {
    recording: "cloudflare_authenticated_origin_pulls_settings",
    steps: [
      { "cloudflare_authenticated_origin_pulls_settings.edge": { zone_id, enabled: true } },
      { "cloudflare_authenticated_origin_pulls_settings.edge": { zone_id, enabled: false } },
    ],
  },
  { recording: "cloudflare_ruleset", steps: [cacheRules(7200), cacheRules(3600), {}] },
  {
    recording: "edge_database_cluster_online_after_40s",
    steps: [
      { "digitalocean_database_cluster.main": cluster({ maintenance_window: [{ day: "monday", hour: "02:00" }] }) },
    ],
  },
  { recording: "edge_droplet_boot_25s", steps: [balancer()] },
  { recording: "edge_droplet_locked_25s", steps: [balancer(), {}] },
  { recording: "edge_droplet_graceful_shutdown_30s", steps: [balancer({ graceful_shutdown: true }), {}] },
  {
    recording: "edge_droplet_resize_actions_12s",
    steps: [balancer(), balancer({ size: "s-1vcpu-2gb", name: "lb-2.example.com" })],
  },
  {
    recording: "edge_droplet_resize_refused_422",
    steps: [balancer(), balancer({ size: "s-1vcpu-2gb" })],
    fails: "Error resizing droplet (500193945): POST http://",
  },
  {
    recording: "edge_replica_412",
    steps: [
      {
        "digitalocean_database_cluster.main": cluster(),
        "digitalocean_database_replica.read": {
          cluster_id: "${digitalocean_database_cluster.main.id}",
          name: "read-1",
          region: "fra1",
          size: "db-s-1vcpu-2gb",
        },
      },
    ],
  },
  {
    recording: "edge_vpc_delete_409",
    steps: [
      {
        "digitalocean_vpc.main": { name: "example-vpc", region: "fra1", ip_range: "10.20.0.0/20" },
        "digitalocean_database_cluster.main": cluster({ private_network_uuid: "${digitalocean_vpc.main.id}" }),
      },
      {},
    ],
  },
  {
    recording: "edge_reserved_ip_out_of_band",
    cases: [
      "reserved_ip region only",
      "reserved_ip without droplet_id, assigned out of band",
      "destroy while assigned out of band",
    ],
    steps: [{ "digitalocean_reserved_ip.web": { region: "fra1" } }, {}],
  },
];

needsTerraform("recorded exchanges of the real providers", () => {
  let api: RecordedApi;
  let project: TerraformProject;

  beforeEach(async () => {
    api = await RecordedApi.start();
    project = await TerraformProject.start(api.environment);
  });

  afterEach(async () => {
    await project[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  test.each(replays)("$recording is repeated request by request", async ({ recording, cases, steps, fails }) => {
    const phases = phasesOf(loadExchanges(recording).filter((one) => isOf(one, cases)));
    const writing = phases.filter(({ step }) => step !== "read").length;
    expect(steps).toHaveLength(writing);
    const remaining = [...steps];
    for (const phase of phases) {
      if (phase.step === "read") await expectNoChange(phase);
      else await write(phase, remaining.shift() ?? {}, remaining.length === 0 ? fails : undefined);
    }
  });

  async function expectNoChange(phase: Phase): Promise<void> {
    api.enter(phase);
    expect({ surprises: api.surprises, actions: await project.plannedActions() }).toEqual({
      surprises: [],
      actions: {},
    });
  }

  async function write(phase: Phase, resources: Resources, fails: string | undefined): Promise<void> {
    await project.configure({ resource: nested(resources) });
    await project.succeed("plan", "-out=plan");
    api.enter(phase);
    const run = await project.apply("plan");
    expect({ surprises: api.surprises, missing: api.missing() }).toEqual({ surprises: [], missing: [] });
    if (fails === undefined) expect(run).toMatchObject({ code: 0 });
    else expect(run.output).toContain(fails);
  }
});

function isOf(exchange: Exchange, cases: readonly string[] | undefined): boolean {
  return cases === undefined || cases.includes(exchange.case ?? "");
}

/** `{"type.name": …}` as Terraform's JSON has it. */
function nested(resources: Resources): Record<string, Record<string, object>> {
  const types: Record<string, Record<string, object>> = {};
  for (const [address, attributes] of Object.entries(resources)) {
    const [type = "", name = ""] = address.split(".");
    types[type] = { ...types[type], [name]: attributes };
  }
  return types;
}

/** Bodies of the recorded POSTs. */
function bodies(recording: string): any[] {
  return loadExchanges(recording)
    .filter(({ method }) => method === "POST")
    .map(({ request_body }) => request_body);
}
