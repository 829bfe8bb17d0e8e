import os from "node:os";
import path from "node:path";
import { App, TerraformStack, Testing } from "cdktf";
import { SettingsError } from "../../cloud-init/problems";
import type { WebInfrastructureProps } from "../../modules/web-infrastructure-settings";
import { documentsOf } from "../cloud-init/parse-user-data";
import { createSite, synthesize, synthesizeSite } from "./synthesized";

const site = synthesizeSite();
const TIERS = ["load-balancer", "web", "app"];

/**
 * An address is a contract: a resource that gets another one is destroyed and made anew. What is added here belongs to
 * a new part; what is taken away or renamed needs a `moved` block and a word in the release notes.
 */
test("the addresses of all resources are these", () => {
  expect(site.addresses()).toEqual([
    "cloudflare_authenticated_origin_pulls_certificate.site_hostname_client_certificate",
    "cloudflare_authenticated_origin_pulls_settings.site_hostname_client_enabled",
    "cloudflare_dns_record.site_hostname",
    "cloudflare_origin_ca_certificate.site_hostname_origin_certificate",
    "cloudflare_zone_setting.site_hostname_always_use_https",
    "cloudflare_zone_setting.site_hostname_min_tls_version",
    "cloudflare_zone_setting.site_hostname_ssl",
    "digitalocean_database_cluster.site_database",
    "digitalocean_database_connection_pool.site_database_pool",
    "digitalocean_database_db.site_database",
    "digitalocean_database_firewall.site_database_firewall",
    "digitalocean_database_firewall.site_database_replicas_1_firewall",
    "digitalocean_database_firewall.site_database_replicas_2_firewall",
    "digitalocean_database_replica.site_database_replicas_1",
    "digitalocean_database_replica.site_database_replicas_2",
    "digitalocean_database_user.site_database_user",
    ...["app_1", "app_2", "load-balancer_1", "load-balancer_2", "web_1", "web_2"].map(
      (node) => `digitalocean_droplet.site_${node}`,
    ),
    ...["app", "load-balancer", "web"].map((tier) => `digitalocean_firewall.site_firewalls_${tier}`),
    ...["app", "database", "load-balancer", "web"].flatMap((part) =>
      ["cpu", "disk", "memory"].map((what) => `digitalocean_monitor_alert.site_monitoring_${part}_${what}`),
    ),
    "digitalocean_reserved_ip.site_address",
    ...["app", "load-balancer", "web"].map((tier) => `digitalocean_tag.site_tags_${tier}`),
    ...["certificate", "down", "slow"].map((what) => `digitalocean_uptime_alert.site_monitoring_${what}`),
    "digitalocean_uptime_check.site_monitoring_uptime",
    "digitalocean_vpc.site_network",
    ...["app", "load-balancer", "web"].flatMap((tier) =>
      ["1_gate", "2_gate", "size"].map((part) => `terraform_data.site_${tier}_${part}`),
    ),
    "tls_cert_request.site_hostname_client_request",
    "tls_cert_request.site_hostname_origin_request",
    "tls_locally_signed_cert.site_hostname_client_signed",
    ...["client_authority-key", "client_key", "client_second-authority-key", "origin_key"].map(
      (key) => `tls_private_key.site_hostname_${key}`,
    ),
    "tls_private_key.site_readiness_seed",
    "tls_self_signed_cert.site_hostname_client_authority",
    "tls_self_signed_cert.site_hostname_client_second-authority",
  ]);
});

describe("the graph", () => {
  /** The tier that an address belongs to, if it is a droplet or a gate. */
  const tierOf = (address: string) =>
    TIERS.find((tier) => new RegExp(`^(digitalocean_droplet|terraform_data)\\.site_${tier}_`).test(address));

  test("no tier waits for another one", () => {
    const crossing = site.addresses().flatMap((address) => {
      const tier = tierOf(address);
      const others = [...site.prerequisites(address)].filter((other) => ![undefined, tier].includes(tierOf(other)));
      return tier === undefined ? [] : others.map((other) => `${address} -> ${other}`);
    });
    expect(crossing).toEqual([]);
  });

  test("no resource waits for itself", () => {
    expect(site.addresses().filter((address) => site.prerequisites(address).has(address))).toEqual([]);
  });

  test("nothing but droplets and gates waits for a droplet, so that a replacement stays within its tier", () => {
    const waiting = site
      .addresses()
      .filter((address) => [...site.prerequisites(address)].some((other) => other.startsWith("digitalocean_droplet.")));
    expect(waiting.filter((address) => tierOf(address) === undefined)).toEqual([]);
  });

  test.each(TIERS)("a %s node is asked for when the public path to it is there", (tier) => {
    const before = site.prerequisites(`terraform_data.site_${tier}_1_gate`);
    for (const address of [
      "cloudflare_dns_record.site_hostname",
      "cloudflare_zone_setting.site_hostname_ssl",
      "cloudflare_authenticated_origin_pulls_settings.site_hostname_client_enabled",
      "digitalocean_firewall.site_firewalls_load-balancer",
      `digitalocean_firewall.site_firewalls_${tier}`,
      `digitalocean_droplet.site_${tier}_1`,
    ])
      expect(before).toContain(address);
  });

  test.each(TIERS)("a %s node is never without its firewall", (tier) => {
    const before = site.prerequisites(`digitalocean_droplet.site_${tier}_1`);
    expect(before).toContain(`digitalocean_firewall.site_firewalls_${tier}`);
  });

  test("the second node of a tier waits for the first to be ready", () => {
    for (const tier of TIERS)
      expect(site.prerequisites(`digitalocean_droplet.site_${tier}_2`)).toContain(`terraform_data.site_${tier}_1_gate`);
  });

  test("load balancers are replaced one by one, whatever the batches of the others", () => {
    const batches = synthesizeSite({ loadBalancers: 3, webNodes: 4, webBatchSize: 2, appNodes: 4, appBatchSize: 4 });
    const gates = (tier: string, id: number) =>
      [...batches.prerequisites(`digitalocean_droplet.site_${tier}_${id}`)].filter((other) => /_gate$/.test(other));
    expect(gates("load-balancer", 3)).toHaveLength(2);
    expect(gates("web", 4)).toHaveLength(2);
    expect(gates("app", 4)).toHaveLength(0);
  });
});

describe("secrets", () => {
  const tokens = {
    DIGITALOCEAN_TOKEN: "dop_v1_secret-1",
    CLOUDFLARE_API_TOKEN: "secret-2",
    TF_VAR_failover_token: "secret-3",
    TF_VAR_discovery_token: "secret-4",
  };

  test("nothing secret of the environment gets into the JSON", () => {
    const kept = { ...process.env };
    Object.assign(process.env, tokens);
    const text = synthesizeSite().text;
    process.env = kept;
    expect([...Object.values(tokens), "PRIVATE KEY"].filter((secret) => text.includes(secret))).toEqual([]);
  });

  test("tokens and keys reach the hosts as references", () => {
    const local = (tier: string) => site.section("locals")[`site_${tier}_user-data`];
    expect(local("load-balancer")).toContain("var.failover_token");
    expect(local("load-balancer")).toContain("tls_private_key.site_hostname_origin_key.private_key_pem");
    expect(local("web")).toContain("var.discovery_token");
    expect(local("app")).not.toMatch(/var\.(failover|discovery)_token/);
    expect(local("web")).not.toContain("var.failover_token");
  });

  test("no output and no provisioner shows one", () => {
    const outputs = JSON.stringify(site.section("output"));
    expect(outputs).not.toMatch(/password|token|private_key|url-/);
    const commands = Object.values(site.resources("terraform_data")).flatMap(({ provisioner }) =>
      (provisioner ?? []).map((one: any) => one["local-exec"].command),
    );
    expect(new Set(commands)).toEqual(new Set(['exec sh -c "$WAIT_UNTIL_READY"']));
  });
});

test("the outputs say where the site is, what its nodes are called, and what it costs", () => {
  const values = Object.entries<{ value: unknown }>(site.section("output")).map(([name, { value }]) => [name, value]);
  expect(Object.fromEntries(values)).toEqual({
    site_url: "https://www.example.com/",
    site_reserved_ip: "${digitalocean_reserved_ip.site_address.ip_address}",
    site_nodes: {
      load_balancer: ["www-example-com-load-balancer-1", "www-example-com-load-balancer-2"],
      web: ["www-example-com-web-1", "www-example-com-web-2"],
      app: ["www-example-com-app-1", "www-example-com-app-2"],
    },
    // 2 × 6 + 2 × 6 + 2 × 12 for droplets, 4 × 30.45 for primary, standby and two replicas.
    site_monthly_usd: 169.8,
  });
});

test("there is no price where one size has none", () => {
  expect(synthesizeSite({ webSize: "g-2vcpu-8gb" }).section("output").site_monthly_usd).toBeUndefined();
});

test("every setting reaches its resource", () => {
  const directory = path.join(__dirname, "../../cloud-init/web/demo-site");
  const tf = synthesizeSite({
    name: "shop",
    region: "ams3",
    vpcIpRange: "10.20.0.0/16",
    image: "debian-12-x64",
    sshKeys: ["12345"],
    readinessLimitMinutes: 3,
    minimumTlsVersion: "1.3",
    loadBalancerSize: "s-2vcpu-2gb",
    webSize: "s-2vcpu-4gb",
    appSize: "s-4vcpu-8gb",
    databaseSize: "db-s-2vcpu-4gb",
    replicaSize: "db-s-4vcpu-8gb",
    databaseNodes: 3,
    readReplicas: 1,
    databaseName: "shop",
    databaseUser: "clerk",
    poolSize: 90,
    poolMode: "session",
    maintenanceDay: "tuesday",
    maintenanceHour: "03:30",
    edgeWitness: false,
    staticContent: { kind: "directory", directory },
    application: { kind: "container", image: "ghcr.io/acme/shop:1.2.3", healthPath: "/up" },
    appExtraFiles: [{ path: "/etc/motd", content: "hello\n" }],
    webExtraPackages: ["vim"],
  });
  expect(tf.resource("digitalocean_vpc.site_network")).toEqual({
    name: "shop",
    region: "ams3",
    ip_range: "10.20.0.0/16",
    timeouts: { delete: "30m" },
  });
  const droplet = { region: "ams3", image: "debian-12-x64", ssh_keys: ["12345"] };
  expect(tf.resource("digitalocean_droplet.site_load-balancer_1")).toMatchObject({ ...droplet, size: "s-2vcpu-2gb" });
  expect(tf.resource("digitalocean_droplet.site_web_1")).toMatchObject({ ...droplet, size: "s-2vcpu-4gb" });
  expect(tf.resource("digitalocean_droplet.site_app_1")).toMatchObject({ ...droplet, size: "s-4vcpu-8gb" });
  expect(tf.resource("digitalocean_database_cluster.site_database")).toMatchObject({
    size: "db-s-2vcpu-4gb",
    node_count: 3,
    maintenance_window: [{ day: "tuesday", hour: "03:30" }],
  });
  expect(Object.values(tf.resources("digitalocean_database_replica"))).toMatchObject([{ size: "db-s-4vcpu-8gb" }]);
  expect(tf.resource("digitalocean_database_db.site_database").name).toBe("shop");
  expect(tf.resource("digitalocean_database_user.site_database_user").name).toBe("clerk");
  expect(tf.resource("digitalocean_database_connection_pool.site_database_pool").name).toBe("clerk-session-90");
  expect(tf.resource("cloudflare_zone_setting.site_hostname_min_tls_version").value).toBe("1.3");
  const { environment } = tf.resource("terraform_data.site_web_1_gate").provisioner[0]["local-exec"];
  expect(environment.LIMIT_SECONDS).toBe("180");
  const [app, web] = ["app", "web"].map((tier) => documentsOf(tf.section("locals")[`site_${tier}_user-data`])[0]);
  expect(app).toContain('"path":"/etc/motd"');
  expect(app).toContain('"podman"');
  expect(web).toContain('"vim"');
});

test("two infrastructures fit into one stack", () => {
  const both = synthesize((stack) => {
    createSite(stack, "site");
    createSite(stack, "staging", { hostname: "staging.example.com", vpcIpRange: "10.113.0.0/20" });
  });
  const named = (type: string) => Object.values(both.resources(type)).map(({ name }) => name);
  expect(both.addresses()).toHaveLength(2 * site.addresses().length);
  for (const type of ["tag", "firewall", "vpc", "database_cluster", "database_replica"])
    expect(new Set(named(`digitalocean_${type}`)).size).toBe(named(`digitalocean_${type}`).length);
});

describe("settings", () => {
  /** What is said about them, a line each. */
  function refusal(props: Partial<WebInfrastructureProps>): string[] {
    try {
      synthesizeSite(props);
    } catch (error) {
      if (error instanceof SettingsError) return error.message.split("\n");
      throw error;
    }
    return [];
  }

  test("fails with every problem at once, and creates nothing", () => {
    const stack = new TerraformStack(new App({ outdir: os.tmpdir() }), "web");
    let error: unknown;
    try {
      createSite(stack, "site", {
        hostname: "https://example.com",
        zoneId: "example.com",
        name: "Shop!",
        region: "eu",
        vpcIpRange: "10.244.0.0/20",
        sshSources: ["10.0.0.1/8", "any"],
        readinessLimitMinutes: 0,
        minimumTlsVersion: "1.1",
        alertEmails: ["ops@example.com", "ops"],
        loadBalancers: 1,
        webNodes: 1,
        webSize: "small",
        appNodes: 21,
        appBatchSize: 0,
        application: { kind: "container", image: "shop" },
        staticContent: { kind: "archive", url: "https://example.com/site.tar.gz", sha256: "latest" },
        webExtraFiles: [{ path: "motd", content: "" }],
        databaseSize: "db-s-1vcpu-1gb",
        readReplicas: 0,
        databaseUser: "",
        poolSize: 60,
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SettingsError);
    expect(Testing.synth(stack)).not.toContain('"resource"');
    const { message } = error as SettingsError;
    const paths = message.split("\n").map((line) => line.split(":")[0]);
    expect(new Set(paths)).toEqual(
      new Set([
        ...["hostname", "zoneId", "name", "region", "vpcIpRange", "sshSources[0]", "sshSources[1]"],
        ...["readinessLimitMinutes", "minimumTlsVersion", "alertEmails[1]", "failoverToken", "discoveryToken"],
        ...["loadBalancers", "webNodes", "webSize", "appNodes", "appBatchSize", "application.image"],
        ...["staticContent.sha256", "webExtraFiles[0].path", "databaseSize", "replicaSize", "readReplicas"],
        ...["databaseUser", "poolSize"],
      ]),
    );
    expect(new Set(message.split("\n")).size).toBe(message.split("\n").length);
  });

  test.each<[Partial<WebInfrastructureProps>, string]>([
    [
      { zoneId: "example.com" },
      'zoneId: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "example.com"',
    ],
    [{ vpcIpRange: "10.0.0.0/8" }, 'vpcIpRange: must be from /16 to /24 in size, got "10.0.0.0/8"'],
    [
      { vpcIpRange: "10.244.16.0/20" },
      'vpcIpRange: must not overlap 10.244.0.0/16 of DigitalOcean, got "10.244.16.0/20"',
    ],
    [
      { vpcIpRange: "10.17.0.0/24" },
      'vpcIpRange: must not overlap the anchor addresses 10.17.0.0/16, got "10.17.0.0/24"',
    ],
    [
      { vpcIpRange: "192.0.2.0/24" },
      'vpcIpRange: must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, got "192.0.2.0/24"',
    ],
    [{ loadBalancers: 4 }, "loadBalancers: must be a whole number from 2 to 3, got 4 (one node alone would be missed)"],
    [{ alertEmails: ["a@example.com", "b"] }, 'alertEmails[1]: must be an e-mail address "name@example.com", got "b"'],
    [
      { hostname: `${"long-".repeat(9)}name.example.com` },
      `name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "${"long-".repeat(9)}name-example-com", set "name" to a shorter or simpler one`,
    ],
  ])("fails with %j", (props, message) => expect(refusal(props)).toEqual([message]));

  test("a long host name is no problem with a name of its own", () => {
    expect(refusal({ hostname: `${"long-".repeat(9)}name.example.com`, name: "shop" })).toEqual([]);
  });
});
