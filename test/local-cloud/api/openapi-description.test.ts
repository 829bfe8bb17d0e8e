import { routes as emulated } from "../../../local-cloud/api/digitalocean/routes";
import { fullToken, startDigitalOcean } from "./digital-ocean-under-test";
import { settle } from "./fake-clock";
import type { HttpAnswer, HttpClient } from "./http-client";
import { descriptionDirectory, hasDescription, OpenApiDescription } from "./openapi-description";

const reason = hasDescription ? "" : " (skipped: ../shared/reference/digitalocean-api is not here)";

/** The description that is here leaves it out. */
const undescribed = ["/v2/customers/my/balance"];
const routes = emulated.filter(({ path }) => !undescribed.includes(path));

(hasDescription ? describe : describe.skip)(`DigitalOcean's own description of its API${reason}`, () => {
  const description = new OpenApiDescription(descriptionDirectory);

  test("has every route that is emulated, with the scopes that are asked for", () => {
    const different = routes.flatMap(({ method, path, scopes }) => {
      const operation = description.tryFindOperation(method, path.replace(/:\w+/g, "1"));
      return operation?.scopes.join() === scopes.join() ? [] : [`${method} ${path}: ${operation?.scopes.join()}`];
    });
    expect(different).toEqual([]);
  });

  test("documents a status for every refusal of firewalls and tags", async () => {
    const cloud = await startDigitalOcean();
    try {
      const { firewall } = (await cloud.call("POST", "/v2/firewalls", { name: "fine", ...rules })).body;
      const path = `/v2/firewalls/${firewall.id}`;
      const undocumented = [];
      for (const [method, where, body] of [
        ["POST", "/v2/tags", { name: "a b" }],
        ["POST", "/v2/tags", { name: 7 }],
        ["POST", "/v2/firewalls", { name: 7 }],
        ["POST", "/v2/firewalls", { name: "other" }],
        ["POST", "/v2/firewalls", { name: "other", ...rules, droplet_ids: [7] }],
        ["POST", "/v2/firewalls", { name: "other", ...rules, tags: ["ghost"] }],
        ["PUT", path, { name: "fine", ...rules, droplet_ids: [7] }],
        ["PUT", path, { name: "fine", inbound_rules: [{ protocol: "vrrp", sources: {} }] }],
        ["POST", `${path}/droplets`, { droplet_ids: [7] }],
        ["POST", `${path}/droplets`, { droplet_ids: ["7"] }],
        ["POST", `${path}/tags`, { tags: ["ghost"] }],
        ["POST", `${path}/rules`, { inbound_rules: [{ protocol: "tcp", ports: "0", sources: { tags: ["ghost"] } }] }],
        ["DELETE", `${path}/rules`, { inbound_rules: [{ protocol: "tcp", ports: "x", sources: { tags: ["ghost"] } }] }],
      ] as const) {
        const { status } = await cloud.call(method, where, body);
        const operation = description.tryFindOperation(method, where)!;
        if (status < 400 || !description.statuses(operation).includes(`${status}`))
          undocumented.push([method, where, body, status]);
      }
      expect(undocumented).toEqual([]);
    } finally {
      await cloud.api.close();
    }
  });

  test("notices a field of the wrong type, a value that is not allowed, and one that is missing", () => {
    const get = description.tryFindOperation("GET", "/v2/droplets/1");
    const post = description.tryFindOperation("POST", "/v2/tags");
    expect(get && description.problems(get, 200, { droplet: { id: "1", status: "gone" } })).toEqual(
      expect.arrayContaining([
        "GET /v2/droplets/{droplet_id} 200: /droplet must have required property 'networks'",
        "GET /v2/droplets/{droplet_id} 200: /droplet/id must be integer",
        "GET /v2/droplets/{droplet_id} 200: /droplet/status must be equal to one of the allowed values",
      ]),
    );
    expect(post && description.problems(post, 401, { id: "unauthorized" })).toHaveLength(1);
  });

  test("fits every answer, successful or not, of every route", async () => {
    const cloud = await startDigitalOcean({
      tokens: [{ token: "narrow", scopes: ["tag:read"] }],
      confirmedEmails: ["ops@example.com"],
    });
    const checked = new CheckedClient(cloud, description);
    try {
      await everySuccess(checked);
      await everyKindOfFailure(checked, cloud.as.bind(cloud));
    } finally {
      await cloud.api.close();
    }
    expect(checked.problems).toEqual([]);
    expect(checked.routesWithoutSuccess()).toEqual([]);
  });
});

/** Holds every answer against the description, and remembers which routes were successful. */
class CheckedClient implements HttpClient {
  readonly problems: string[] = [];
  private readonly successes = new Set<string>();

  constructor(
    private readonly client: HttpClient,
    private readonly description: OpenApiDescription,
  ) {}

  async call(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const answer = await this.client.call(method, path, body);
    this.check(method, path, answer);
    await settle();
    return answer;
  }

  check(method: string, path: string, { status, body, headers }: HttpAnswer): void {
    const operation = this.description.tryFindOperation(method, path.split("?")[0] ?? "");
    if (!operation) {
      this.problems.push(`${method} ${path} is not described`);
      return;
    }
    if (status < 300) this.successes.add(`${method} ${operation.path}`);
    this.problems.push(...this.description.problems(operation, status, body));
    for (const header of ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]) {
      if (!/^\d+$/.test(headers.get(header) ?? "")) this.problems.push(`${method} ${path}: no ${header}`);
    }
  }

  routesWithoutSuccess(): string[] {
    return routes
      .map(({ method, path }) => this.description.tryFindOperation(method, path.replace(/:\w+/g, "1")))
      .map((operation) => `${operation?.method} ${operation?.path}`)
      .filter((key) => !this.successes.has(key));
  }
}

async function everySuccess(cloud: HttpClient): Promise<void> {
  await callAll(cloud, "GET", ["account", "regions", "sizes", "images", "images/debian-13-x64"]);
  const { projects } = (await cloud.call("GET", "/v2/projects")).body;
  await callAll(cloud, "GET", ["projects/default", `projects/${projects[0].id}`]);
  const key = (await cloud.call("POST", "/v2/account/keys", sshKey)).body.ssh_key;
  await cloud.call("PUT", `/v2/account/keys/${key.id}`, { name: "renamed" });
  await callAll(cloud, "GET", ["account/keys", `account/keys/${key.fingerprint}`]);
  const { vpc } = (await cloud.call("POST", "/v2/vpcs", { name: "v", region: "fra1", ip_range: "10.20.0.0/24" })).body;
  await cloud.call("PUT", `/v2/vpcs/${vpc.id}`, { name: "v2", description: "d", default: false });
  await cloud.call("PATCH", `/v2/vpcs/${vpc.id}`, { name: "v3" });
  const droplet = await dropletSuccess(cloud, vpc.id, key.id);
  await callAll(cloud, "GET", ["vpcs", `vpcs/${vpc.id}`, `vpcs/${vpc.id}/members`]);
  await tagSuccess(cloud, droplet.id);
  await firewallSuccess(cloud, droplet.id);
  await reservedIpSuccess(cloud, droplet.id);
  await databaseSuccess(cloud, vpc.id);
  await monitoringSuccess(cloud);
  await cloud.call("DELETE", `/v2/droplets/${droplet.id}`);
  await cloud.call("DELETE", "/v2/droplets?tag_name=batch");
  await callAll(cloud, "DELETE", [`vpcs/${vpc.id}`, `account/keys/${key.id}`]);
}

async function dropletSuccess(cloud: HttpClient, vpc: string, key: number): Promise<{ id: number }> {
  const order = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64", vpc_uuid: vpc };
  const one = { ...order, name: "one", ssh_keys: [key], tags: ["web"], monitoring: true, user_data: "#cloud-config\n" };
  const { droplet } = (await cloud.call("POST", "/v2/droplets", one)).body;
  await cloud.call("POST", "/v2/droplets", { ...order, names: ["two", "three"], tags: ["batch"] });
  for (const action of [
    { type: "power_off" },
    { type: "resize", size: "s-1vcpu-2gb", disk: true },
    { type: "power_on" },
    { type: "rename", name: "renamed" },
  ]) {
    await cloud.call("POST", `/v2/droplets/${droplet.id}/actions`, action);
  }
  const { actions } = (await cloud.call("POST", "/v2/droplets/actions?tag_name=batch", { type: "reboot" })).body;
  await callAll(cloud, "GET", ["droplets", "droplets?tag_name=web", "droplets?page=2&per_page=1", "actions"]);
  await callAll(cloud, "GET", [`droplets/${droplet.id}`, `droplets/${droplet.id}/actions`, `actions/${actions[0].id}`]);
  await cloud.call("GET", `/v2/droplets/${actions[0].resource_id}/actions/${actions[0].id}`);
  return droplet;
}

async function tagSuccess(cloud: HttpClient, droplet: number): Promise<void> {
  await cloud.call("POST", "/v2/tags", { name: "env:test" });
  const resources = [{ resource_id: `${droplet}`, resource_type: "droplet" }];
  await cloud.call("POST", "/v2/tags/env:test/resources", { resources });
  await callAll(cloud, "GET", ["tags", "tags/env:test"]);
  await cloud.call("DELETE", "/v2/tags/env:test/resources", { resources });
  await cloud.call("DELETE", "/v2/tags/env:test");
}

async function firewallSuccess(cloud: HttpClient, droplet: number): Promise<void> {
  const inbound = [{ protocol: "tcp", ports: "80", sources: { tags: ["web"], addresses: ["192.0.2.0/24"] } }];
  const all = { ...rules, inbound_rules: inbound };
  const { firewall } = (await cloud.call("POST", "/v2/firewalls", { name: "web", ...all, tags: ["web"] })).body;
  const path = `/v2/firewalls/${firewall.id}`;
  await cloud.call("PUT", path, { name: "web", ...all, droplet_ids: null, tags: [] });
  const more = { inbound_rules: [{ protocol: "udp", ports: "all", sources: { droplet_ids: [droplet] } }] };
  await cloud.call("POST", `${path}/rules`, more);
  await cloud.call("DELETE", `${path}/rules`, more);
  for (const method of ["POST", "DELETE", "POST"]) {
    await cloud.call(method, `${path}/droplets`, { droplet_ids: [droplet] });
    await cloud.call(method, `${path}/tags`, { tags: ["web"] });
  }
  await callAll(cloud, "GET", ["firewalls", `firewalls/${firewall.id}`, `droplets/${droplet}/firewalls`]);
  await cloud.call("DELETE", path);
}

async function reservedIpSuccess(cloud: HttpClient, droplet: number): Promise<void> {
  const { reserved_ip: reserved } = (await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).body;
  const path = `/v2/reserved_ips/${reserved.ip}`;
  const { action } = (await cloud.call("POST", `${path}/actions`, { type: "assign", droplet_id: droplet })).body;
  await cloud.call("GET", path);
  await cloud.call("GET", `/v2/droplets/${droplet}`);
  await cloud.call("GET", `${path}/actions/${action.id}`);
  await cloud.call("GET", `${path}/actions`);
  await cloud.call("POST", `${path}/actions`, { type: "unassign" });
  await cloud.call("GET", "/v2/reserved_ips");
  await cloud.call("DELETE", path);
  await cloud.call("POST", "/v2/reserved_ips", { droplet_id: droplet });
}

async function databaseSuccess(cloud: HttpClient, vpc: string): Promise<void> {
  const order = { name: "pg-1", engine: "pg", version: "16", size: "db-s-1vcpu-2gb", region: "fra1", num_nodes: 2 };
  const created = await cloud.call("POST", "/v2/databases", { ...order, private_network_uuid: vpc, tags: ["web"] });
  const path = `/v2/databases/${created.body.database.id}`;
  await cloud.call("PUT", `${path}/resize`, { size: "db-s-2vcpu-4gb", num_nodes: 3 });
  await cloud.call("PUT", `${path}/maintenance`, { day: "monday", hour: "02:00" });
  const restored = { ...order, name: "pg-2", size: "db-s-2vcpu-4gb", backup_restore: { database_name: order.name } };
  const copy = await cloud.call("POST", "/v2/databases", restored);
  await cloud.call("GET", `/v2/databases/${copy.body.database.id}`);
  await cloud.call("DELETE", `/v2/databases/${copy.body.database.id}`);
  await cloud.call("PUT", `${path}/install_update`);
  await cloud.call("PUT", `${path}/upgrade`, { version: "17" });
  await cloud.call("PATCH", `${path}/config`, { config: { work_mem: 8 } });
  await cloud.call("PUT", `${path}/autoscale`, {
    storage: { enabled: true, threshold_percent: 80, increment_gib: 10 },
  });
  await cloud.call("PUT", `${path}/firewall`, { rules: [{ type: "tag", value: "web" }] });
  for (const name of ["replica-1", "replica-2"]) await cloud.call("POST", `${path}/replicas`, { name });
  await cloud.call("POST", `${path}/users`, { name: "app" });
  await cloud.call("POST", `${path}/users/app/reset_auth`, {});
  await cloud.call("POST", `${path}/dbs`, { name: "app" });
  await cloud.call("POST", `${path}/pools`, { name: "pool", mode: "transaction", size: 5, db: "app", user: "app" });
  await cloud.call("PUT", `${path}/pools/pool`, { mode: "session", size: 6, db: "app" });
  for (const part of [
    "",
    "/config",
    "/autoscale",
    "/ca",
    "/backups",
    "/firewall",
    "/replicas",
    "/replicas/replica-1",
    "/users",
    "/users/app",
  ]) {
    await cloud.call("GET", `${path}${part}`);
  }
  for (const part of ["/dbs", "/dbs/app", "/pools", "/pools/pool"]) await cloud.call("GET", `${path}${part}`);
  await cloud.call("GET", "/v2/databases");
  await cloud.call("GET", "/v2/databases/options");
  const login = { basic_auth_username: "prometheus", basic_auth_password: "secret" };
  await cloud.call("PUT", "/v2/databases/metrics/credentials", { credentials: login });
  await cloud.call("GET", "/v2/databases/metrics/credentials");
  await cloud.call("PUT", `${path}/replicas/replica-2/promote`);
  for (const part of ["/pools/pool", "/dbs/app", "/users/app", "/replicas/replica-1", ""]) {
    await cloud.call("DELETE", `${path}${part}`);
  }
  const { databases } = (await cloud.call("GET", "/v2/databases")).body;
  await cloud.call("DELETE", `/v2/databases/${databases[0].id}`);
}

async function monitoringSuccess(cloud: HttpClient): Promise<void> {
  const alerts = { email: ["ops@example.com"], slack: [{ url: "https://hooks.slack.example.com/x", channel: "ops" }] };
  const policy = {
    ...{ type: "v1/insights/droplet/cpu", description: "cpu", compare: "GreaterThan", value: 80, window: "5m" },
    ...{ entities: [], tags: ["web"], alerts, enabled: true },
  };
  const { uuid } = (await cloud.call("POST", "/v2/monitoring/alerts", policy)).body.policy;
  await cloud.call("PUT", `/v2/monitoring/alerts/${uuid}`, { ...policy, value: 90 });
  await callAll(cloud, "GET", ["monitoring/alerts", `monitoring/alerts/${uuid}`]);
  await cloud.call("DELETE", `/v2/monitoring/alerts/${uuid}`);
  const check = { name: "www", type: "https", target: "https://www.example.com/", regions: ["eu_west"], enabled: true };
  const { id } = (await cloud.call("POST", "/v2/uptime/checks", check)).body.check;
  await cloud.call("PUT", `/v2/uptime/checks/${id}`, { ...check, regions: null });
  const alert = {
    name: "down",
    type: "down",
    threshold: 1,
    comparison: "less_than",
    notifications: alerts,
    period: "2m",
  };
  const path = `/v2/uptime/checks/${id}/alerts`;
  const alertId = (await cloud.call("POST", path, alert)).body.alert.id;
  await cloud.call("PUT", `${path}/${alertId}`, { ...alert, period: "5m" });
  await callAll(cloud, "GET", ["uptime/checks", `uptime/checks/${id}`]);
  await cloud.call("GET", path);
  await cloud.call("GET", `${path}/${alertId}`);
  await cloud.call("DELETE", `${path}/${alertId}`);
  await cloud.call("DELETE", `/v2/uptime/checks/${id}`);
}

async function everyKindOfFailure(checked: CheckedClient, as: (token: string) => HttpClient): Promise<void> {
  for (const [token, method, path, body] of [
    ["unknown", "GET", "/v2/droplets", undefined],
    ["narrow", "GET", "/v2/droplets", undefined],
    [fullToken, "GET", "/v2/droplets/1", undefined],
    [fullToken, "POST", "/v2/droplets", { name: "_" }],
    [fullToken, "POST", "/v2/firewalls", { name: "web" }],
    [fullToken, "POST", "/v2/tags", { name: "a b" }],
    [fullToken, "GET", "/v2/projects/7", undefined],
    [fullToken, "GET", "/v2/databases/1", undefined],
    [fullToken, "GET", "/v2/droplets/1/kernels", undefined],
  ] as const) {
    checked.check(method, path, await as(token).call(method, path, body));
  }
}

async function callAll(cloud: HttpClient, method: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await cloud.call(method, `/v2/${path}`);
}

const rules = { outbound_rules: [{ protocol: "icmp", destinations: { addresses: ["0.0.0.0/0", "::/0"] } }] };

const sshKey = {
  name: "ops",
  public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGVleGFt ops@example.com",
};
