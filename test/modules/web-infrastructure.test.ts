import os from "node:os";
import path from "node:path";
import { App, TerraformStack, Testing } from "cdktf";
import { SettingsError, type WebInfrastructureProps } from "../../modules";
import { renamed } from "../../modules/web-infrastructure-checks";
import { changesOfProperties } from "./blast-radius";
import { documentsOf } from "../cloud-init/parse-user-data";
import { createSite, synthesize, synthesizeSite, zoneId } from "./synthesized";

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
    ...["app_1_gate", "app_2_gate", "app_size", "database_administrator", "database_administrator_renewed"].map(
      (part) => `terraform_data.site_${part}`,
    ),
    "terraform_data.site_guard-of-own-database",
    "terraform_data.site_guard-of-restored-database",
    ...["load-balancer", "web"].flatMap((tier) =>
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
    // Nothing in it changes with a droplet.
    const renewed = "terraform_data.site_database_administrator_renewed";
    expect(waiting.filter((address) => tierOf(address) === undefined)).toEqual([renewed]);
    expect(site.resource(renewed).triggers_replace).toEqual({
      needed: "${terraform_data.site_database_administrator.id}",
    });
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
    const batches = synthesizeSite({
      loadBalancers: { nodes: 3 },
      web: { nodes: 4, batchSize: 2 },
      app: { nodes: 4, batchSize: 4 },
    });
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
    TF_VAR_database_token: "secret-5",
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
    expect(new Set(commands)).toEqual(new Set(['exec sh -c "$WAIT_UNTIL_READY"', 'exec sh -c "$RENEW_PASSWORD"']));
  });
});

test("nodes know the primary's name and ask DigitalOcean for the replicas: one more replaces no node", () => {
  const locals = (readReplicas: number) => {
    const { "site_app_user-data": app, ...others } = synthesizeSite({ database: { readReplicas } }).section("locals");
    expect(others["site_database_read-url"]).toContain(`replicas_${readReplicas}.private_host`);
    return app;
  };
  expect(locals(2)).toContain("var.database_token");
  expect(locals(2)).toContain("local.site_database_write-url");
  expect(locals(2)).not.toContain("read-url");
  expect(locals(3)).toBe(locals(2));
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
  expect(synthesizeSite({ web: { size: "g-2vcpu-8gb" } }).section("output").site_monthly_usd).toBeUndefined();
});

describe("every setting reaches its resource", () => {
  const directory = path.join(__dirname, "../../cloud-init/web/demo-site");
  const project = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679";
  const file = (name: string) => [{ path: `/etc/${name}`, content: "hello\n" }];
  const tf = synthesizeSite({
    name: "shop",
    region: "ams3",
    image: "debian-14-x64",
    zone: { id: "f".repeat(32), minimumTlsVersion: "1.3", clientAuthority: "second" },
    network: { ipRange: "10.20.0.0/16" },
    loadBalancers: {
      nodes: 3,
      size: "s-2vcpu-2gb",
      edgeWitness: false,
      extraFiles: file("of-load-balancers"),
      extraPackages: ["htop"],
      extraUnits: ["of-load-balancers.timer"],
    },
    web: {
      nodes: 4,
      size: "s-2vcpu-4gb",
      batchSize: 2,
      staticContent: { kind: "directory", directory: path.join(directory, "assets") },
      requestTimeoutSeconds: 30,
      maximumBodyMib: 7,
      bufferUploads: false,
      stickySessions: true,
      extraFiles: file("of-web"),
      extraPackages: ["vim"],
      extraUnits: ["of-web.timer"],
    },
    app: {
      nodes: 5,
      size: "s-4vcpu-8gb",
      batchSize: 3,
      application: { kind: "container", image: "ghcr.io/acme/shop:1.2.3", healthPath: "/up", environment: { A: "b" } },
      workers: { mailer: { command: ["bin/jobs"] } },
      schedules: { cleanup: { at: "03:00", command: ["bin/cleanup"] } },
      extraFiles: file("of-app"),
      extraPackages: ["nano"],
      extraUnits: ["of-app.timer"],
    },
    database: {
      size: "db-s-2vcpu-4gb",
      nodes: 3,
      readReplicas: 1,
      replicaSize: "db-s-4vcpu-8gb",
      version: "16",
      storageGib: 100,
      databaseName: "shop",
      userName: "clerk",
      poolMode: "transaction",
      maintenanceDay: "tuesday",
      maintenanceHour: "03:30",
    },
    alerts: { emails: ["ops@example.com"] },
    ssh: { keys: ["12345"], sources: ["192.0.2.7/32"] },
    tokens: { failover: "failover-0123456789", discovery: "discovery-0123456789", database: "database-0123456789" },
    readinessLimitMinutes: 3,
    traffic: [{ from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 }],
    tags: ["env:test"],
    project,
  });
  /** What a tier's droplets are given, as far as it is known now. */
  const userDataOf = (tier: string) => documentsOf(tf.section("locals")[`site_${tier}_user-data`])[0]!;
  const fileOf = (tier: string, name: string): string =>
    JSON.parse(userDataOf(tier).replace("#cloud-config\n", "")).write_files.find(
      (one: { path: string }) => one.path === name,
    ).content;

  /** What is known now of the files with values that Terraform adds. */
  const lateFilesOf = (tier: string) =>
    [...tf.section("locals")[`site_${tier}_user-data`].matchAll(/base64decode\(\\*"([A-Za-z0-9+/=]+)\\*"\)/g)]
      .map(([, base64]) => Buffer.from(base64, "base64").toString())
      .join("");

  test("of the network", () => {
    expect(tf.resource("digitalocean_vpc.site_network")).toEqual({
      name: "shop",
      region: "ams3",
      ip_range: "10.20.0.0/16",
      timeouts: { delete: "30m" },
    });
    expect(tf.resource("digitalocean_reserved_ip.site_address").region).toBe("ams3");
  });

  test("of the zone", () => {
    expect(tf.resource("cloudflare_zone_setting.site_hostname_min_tls_version").value).toBe("1.3");
    expect(tf.resource("tls_locally_signed_cert.site_hostname_client_signed").ca_cert_pem).toContain(
      "second-authority",
    );
    const inZone = ["cloudflare_dns_record", "cloudflare_zone_setting"].flatMap((type) =>
      Object.values(tf.resources(type)).map((one) => one.zone_id),
    );
    expect(new Set(inZone)).toEqual(new Set(["f".repeat(32)]));
  });

  test.each([
    ["load-balancer", 3, "s-2vcpu-2gb", 1, "htop", "of-load-balancers"],
    ["web", 4, "s-2vcpu-4gb", 2, "vim", "of-web"],
    ["app", 5, "s-4vcpu-8gb", 3, "nano", "of-app"],
  ])("of the %s nodes", (tier, count, size, batch, packageName, fileName) => {
    const names = Array.from({ length: count }, (_, i) => `site_${tier}_${i + 1}`);
    const all = Object.keys(tf.resources("digitalocean_droplet")).filter((name) => name.startsWith(`site_${tier}_`));
    expect(all.sort()).toEqual(names);
    for (const [i, name] of names.entries()) {
      expect(tf.resource(`digitalocean_droplet.${name}`)).toMatchObject({
        name: `shop-${tier}-${i + 1}`,
        region: "ams3",
        image: "debian-14-x64",
        size,
        ssh_keys: ["12345"],
        tags: [`\${digitalocean_tag.site_tags_${tier}.name}`, "env:test"],
      });
      const before = tf.prerequisites(`digitalocean_droplet.${name}`);
      const gates = names.filter((other) => before.has(`terraform_data.${other}_gate`));
      expect(gates).toHaveLength(Math.floor(i / batch) * batch);
    }
    const { LIMIT_SECONDS } = tf.resource(`terraform_data.${names[0]}_gate`).provisioner[0]["local-exec"].environment;
    expect(LIMIT_SECONDS).toBe("180");
    expect(JSON.parse(userDataOf(tier).replace("#cloud-config\n", "")).packages).toContain(packageName);
    expect(fileOf(tier, `/etc/${fileName}`)).toBe("hello\n");
    expect(fileOf(tier, "/etc/infrastructure/extra-units.json")).toBe(`["${fileName}.timer"]\n`);
    expect(tf.resource(`digitalocean_project_resources.site_${tier}_project`)).toEqual({
      project,
      resources: names.map((name) => `\${digitalocean_droplet.${name}.urn}`),
    });
  });

  test("workers and schedules, on the app nodes alone", () => {
    expect(JSON.parse(fileOf("app", "/etc/infrastructure/status.json")).units).toEqual(
      expect.arrayContaining(["worker@mailer.service", "schedule@cleanup.timer"]),
    );
    expect(fileOf("app", "/etc/infrastructure/schedules.env")).toContain("TIER=shop-app\n");
    for (const tier of ["load-balancer", "web"]) expect(userDataOf(tier)).not.toMatch(/worker@|schedule@/);
  });

  test("of the load balancers alone", () => {
    expect(lateFilesOf("load-balancer")).toContain("\nEDGE_WITNESS=no\n");
  });

  test("tokens", () => {
    expect(fileOf("load-balancer", "/etc/infrastructure/failover.token")).toBe("failover-0123456789\n");
    for (const tier of ["load-balancer", "web"])
      expect(fileOf(tier, "/etc/infrastructure/discovery.token")).toBe("discovery-0123456789\n");
  });

  test("static content, and nothing of the demo's", () => {
    const files = JSON.parse(userDataOf("web").replace("#cloud-config\n", "")).write_files;
    const served = files.map((one: { path: string }) => one.path).filter((name: string) => /^\/var\/www/.test(name));
    expect(served.length).toBeGreaterThan(0);
    expect(served.filter((name: string) => name.includes("/assets/"))).toEqual([]);
    expect(lateFilesOf("load-balancer")).toContain("WEB_FILES=yes\n");
  });

  test("limits of requests, each longer the farther out it is", () => {
    expect(fileOf("web", "/etc/infrastructure/role.env")).toContain(
      "REQUEST_TIMEOUT_SECONDS=30\nSTICKY_SESSIONS=yes\n",
    );
    const limits = fileOf("web", "/etc/nginx/limits.conf").match(/^[^#\n]+;$/gm);
    expect(limits).toEqual([
      "client_max_body_size 7m;",
      "proxy_request_buffering off;",
      "proxy_read_timeout 35s;",
      "proxy_send_timeout 35s;",
    ]);
    expect(lateFilesOf("load-balancer")).toContain("SILENCE_SECONDS=40\n");
  });

  test("the application, its health path and the name by which it is asked", () => {
    const container = JSON.parse(fileOf("app", "/etc/infrastructure/container.json"));
    expect(container).toMatchObject({ image: "ghcr.io/acme/shop:1.2.3", environment: { A: "b" } });
    expect(fileOf("app", "/etc/infrastructure/role.env")).toMatch(/\/up\nAPP_HOST=/);
  });

  test("of the database", () => {
    expect(tf.resource("digitalocean_database_cluster.site_database")).toMatchObject({
      region: "ams3",
      size: "db-s-2vcpu-4gb",
      node_count: 3,
      version: "16",
      storage_size_mib: "102400",
      tags: ["env:test"],
      maintenance_window: [{ day: "tuesday", hour: "03:30" }],
    });
    expect(Object.values(tf.resources("digitalocean_database_replica"))).toMatchObject([
      { size: "db-s-4vcpu-8gb", storage_size_mib: "102400", region: "ams3" },
    ]);
    expect(tf.resource("digitalocean_database_db.site_database").name).toBe("shop");
    expect(tf.resource("digitalocean_database_user.site_database_user").name).toBe("clerk");
    expect(tf.resource("digitalocean_project_resources.site_project")).toEqual({
      project,
      resources: ["${digitalocean_reserved_ip.site_address.urn}", "${digitalocean_database_cluster.site_database.urn}"],
    });
  });

  test("of alerts, SSH and traffic", () => {
    for (const { alerts } of Object.values(tf.resources("digitalocean_monitor_alert")))
      expect(alerts).toEqual({ email: ["ops@example.com"] });
    const { inbound_rule, outbound_rule } = tf.resource("digitalocean_firewall.site_firewalls_app");
    expect(inbound_rule).toContainEqual({ protocol: "tcp", port_range: "22", source_addresses: ["192.0.2.7/32"] });
    expect(outbound_rule).toContainEqual({
      protocol: "tcp",
      port_range: "587",
      destination_addresses: ["198.51.100.25/32"],
    });
  });
});

describe("what exists already", () => {
  const existing = {
    writeUrl: "postgresql://shop:secret@db.example.com:25061/pool",
    readUrl: "postgresql://shop:secret@db.example.com:25060/shop",
    authority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  };
  const clusterId = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30";
  const vpc = { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.9.0.0/20" };

  test("a network is used and not made", () => {
    const tf = synthesizeSite({ network: { vpc } });
    expect(tf.resources("digitalocean_vpc")).toEqual({});
    expect(tf.resource("digitalocean_droplet.site_web_1").vpc_uuid).toBe(vpc.id);
    expect(tf.resource("digitalocean_database_cluster.site_database").private_network_uuid).toBe(vpc.id);
    expect(tf.resource("digitalocean_firewall.site_firewalls_app").outbound_rule).toContainEqual({
      protocol: "tcp",
      port_range: "25060",
      destination_addresses: [vpc.ipRange],
    });
  });

  test("a database is used and not made, and costs nothing more", () => {
    const tf = synthesizeSite({ database: existing });
    expect(tf.addresses().filter((address) => address.startsWith("digitalocean_database_"))).toEqual([]);
    expect(tf.section("output").site_monthly_usd.value).toBe(48);
    const files = JSON.parse(
      documentsOf(tf.section("locals")["site_app_user-data"])[0]!.replace("#cloud-config\n", ""),
    ).write_files;
    const environment = files.find(({ path }: { path: string }) => path === "/etc/infrastructure/app.env").content;
    expect(environment).toContain(`DATABASE_DIRECT_URL=${existing.writeUrl}\n`);
    const endpoints = files.find(({ path }: { path: string }) => path === "/etc/infrastructure/database-endpoints.env");
    expect(endpoints.content).toContain(`DATABASE_READ_URL=${existing.readUrl}\n`);
    expect(files.map(({ path }: { path: string }) => path)).not.toContain("/etc/infrastructure/database-admin.url");
  });

  test("a database with an id is watched", () => {
    const tf = synthesizeSite({ database: { ...existing, clusterId } });
    expect(tf.resource("digitalocean_monitor_alert.site_monitoring_database_cpu").entities).toEqual([clusterId]);
  });

  test("zone settings are left alone", () => {
    const tf = synthesizeSite({ zone: { id: zoneId, manageSettings: false } });
    expect(tf.resources("cloudflare_zone_setting")).toEqual({});
    const left = site.addresses().filter((address) => !address.startsWith("cloudflare_zone_setting."));
    expect(tf.addresses()).toEqual(left);
  });
});

test("two infrastructures fit into one stack", () => {
  const both = synthesize((stack) => {
    createSite(stack, "site");
    createSite(stack, "other", {
      hostname: "www.example.net",
      zone: { id: "023e105f4ecef8ad9ca31a8372d0c399" },
      network: { ipRange: "10.113.0.0/20" },
    });
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
        zone: { id: "example.com", minimumTlsVersion: "1.1" as "1.2" },
        name: "Shop!",
        region: "eu" as "fra1",
        network: { ipRange: "10.244.0.0/20" },
        ssh: { sources: ["10.0.0.1/8", "any"] },
        readinessLimitMinutes: 0,
        alerts: { emails: ["ops@example.com", "ops"] },
        loadBalancers: { nodes: 1 },
        web: {
          nodes: 1,
          size: "small",
          staticContent: { kind: "archive", url: "https://example.com/site.tar.gz", sha256: "latest" },
          extraFiles: [{ path: "motd", content: "" }],
        },
        app: {
          nodes: 21,
          batchSize: 0,
          application: { kind: "container", image: "shop" },
          workers: { mailer: {} },
          schedules: { cleanup: { at: "3", command: ["bin/cleanup"] } },
        },
        database: { size: "db-s-1vcpu-1gb", readReplicas: 0, userName: "", poolMode: "x" as "session", storageGib: 15 },
        tags: ["a b"],
        project: "shop",
        traffic: [{ from: "app", to: "mail", protocol: "tcp", port: 25 }],
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SettingsError);
    expect(Testing.synth(stack)).not.toContain('"resource"');
    const { message } = error as SettingsError;
    expect(message.split("\n").map((line) => line.split(":")[0])).toEqual([
      ...["hostname", "zone.id", "zone.minimumTlsVersion", "name", "region", "network.ipRange", "loadBalancers.nodes"],
      ...["web.nodes", "web.size", "web.extraFiles[0].path", "web.staticContent.sha256"],
      ...["app.nodes", "app.batchSize", "app.application.image"],
      ...["app.workers.mailer.command", "app.schedules.cleanup.at"],
      ...["database.size", "database.readReplicas", "database.storageGib", "database.userName", "database.poolMode"],
      ...[
        "alerts.emails[1]",
        "ssh.sources[0]",
        "ssh.sources[1]",
        "tokens.failover",
        "tokens.discovery",
        "tokens.database",
      ],
      ...["readinessLimitMinutes", "traffic[0].to", "tags[0]", "project"],
    ]);
  });

  test("connections that the database has not are counted before anything is made", () => {
    const app = { nodes: 3, databaseConnections: 7 };
    expect(refusal({ app })).toContain(
      "app.databaseConnections: 2 × 3 nodes × (7 + 1 of the node itself) in a roll-out are 48, and " +
        '"db-s-1vcpu-2gb" has 47: lower it, or choose a larger database.size',
    );
    expect(refusal({ app: { ...app, databaseConnections: 6 } })).toEqual([]);
    expect(refusal({ app, database: { size: "db-s-2vcpu-4gb" } })).toEqual([]);
  });

  const single = "(a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)";

  test.each<[Partial<WebInfrastructureProps>, string]>([
    [
      { zone: { id: "example.com" } },
      'zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "example.com"',
    ],
    [{ network: { ipRange: "10.0.0.0/8" } }, 'network.ipRange: must be from /16 to /24 in size, got "10.0.0.0/8"'],
    [
      { network: { ipRange: "10.244.16.0/20" } },
      'network.ipRange: must not overlap 10.244.0.0/16 of DigitalOcean, got "10.244.16.0/20"',
    ],
    [
      { network: { ipRange: "10.17.0.0/24" } },
      'network.ipRange: must not overlap the anchor addresses 10.17.0.0/16, got "10.17.0.0/24"',
    ],
    [
      { network: { ipRange: "192.0.2.0/24" } },
      'network.ipRange: must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, got "192.0.2.0/24"',
    ],
    [{ loadBalancers: { nodes: 4 } }, "loadBalancers.nodes: must be a whole number from 2 to 3, got 4"],
    [{ web: { nodes: 1 } }, `web.nodes: must be a whole number from 2 to 50, got 1 ${single}`],
    [{ database: { nodes: 1 } }, `database.nodes: must be a whole number from 2 to 3, got 1 ${single}`],
    [
      { alerts: { emails: ["a@example.com", "b"] } },
      'alerts.emails[1]: must be an e-mail address "name@example.com", got "b"',
    ],
    [
      { hostname: `${"long-".repeat(9)}name.example.com` },
      `name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "${"long-".repeat(9)}name-example-com", set "name" to a shorter or simpler one`,
    ],
    [
      { zone: { id: zoneId, manageSettings: false, minimumTlsVersion: "1.3" } },
      'zone.minimumTlsVersion: must be left out while manageSettings is false, got "1.3", set it at Cloudflare',
    ],
    [{ tags: ["www-example-com-web"] }, `tags[0]: must not be a tier's tag, got "www-example-com-web"`],
    [
      { web: { node: 3 } as object },
      "web.node: is no setting, must be one of nodes, size, routes, batchSize, extraFiles, extraUnits, staticContent, bufferUploads, extraPackages, maximumBodyMib, stickySessions, requestTimeoutSeconds",
    ],
    [{ web: 3 as unknown as object }, "web: must be an object with settings, got 3"],
    [{ loadBalancers: 3 as unknown as object }, "loadBalancers: is called loadBalancers.nodes now"],
    [
      { database: { writeUrl: "postgresql://a@b/c", readUrl: "postgresql://a@b/c" } as object },
      "database.authority: is missing",
    ],
    [{ hostname: undefined }, "hostname: is missing"],
  ])("fails with %j", (props, message) => expect(refusal(props)).toEqual([message]));

  test("a long host name is no problem with a name of its own", () => {
    expect(refusal({ hostname: `${"long-".repeat(9)}name.example.com`, name: "shop" })).toEqual([]);
  });

  test("fails with each name of version 0.1, and says what to write today", () => {
    for (const [name, path] of Object.entries(renamed))
      expect(refusal({ [name]: "anything" })).toEqual([`${name}: is called ${path} now`]);
  });

  test("what a setting is called now is a setting", () => {
    for (const path of Object.values(renamed)) expect(Object.keys(changesOfProperties())).toContain(path);
  });
});

describe("a site with single points of failure", () => {
  const staging = synthesizeSite({
    allowSinglePointsOfFailure: true,
    loadBalancers: { nodes: 1 },
    web: { nodes: 1 },
    app: { nodes: 1 },
    database: { nodes: 1, readReplicas: 0, size: "db-s-1vcpu-1gb" },
  });

  test("has one node a tier, no standby and no replica", () => {
    expect(Object.keys(staging.resources("digitalocean_droplet")).sort()).toEqual([
      "site_app_1",
      "site_load-balancer_1",
      "site_web_1",
    ]);
    expect(staging.resource("digitalocean_database_cluster.site_database").node_count).toBe(1);
    expect(staging.resources("digitalocean_database_replica")).toEqual({});
  });

  test("reads from the primary", () => {
    const url = staging.section("locals")["site_database_read-url"];
    expect(url).toContain("@${digitalocean_database_cluster.site_database.private_host}:");
    expect(url).not.toContain("replica");
  });

  test("costs less than 70 USD a month, with the usual database plan as well", () => {
    // Droplets 6 + 6 + 12; plans 15.15 and 30.45.
    expect(staging.section("output").site_monthly_usd.value).toBe(39.15);
    const usual = synthesizeSite({
      allowSinglePointsOfFailure: true,
      loadBalancers: { nodes: 1 },
      web: { nodes: 1 },
      app: { nodes: 1 },
      database: { nodes: 1, readReplicas: 0 },
    });
    expect(usual.section("output").site_monthly_usd.value).toBe(54.45);
  });

  test("the setting alone changes nothing", () => {
    expect(synthesizeSite({ allowSinglePointsOfFailure: true }).text).toBe(site.text);
  });

  test("fails with a plan that has no standby when there shall be one", () => {
    expect(() => synthesizeSite({ allowSinglePointsOfFailure: true, database: { size: "db-s-1vcpu-1gb" } })).toThrow(
      "database.size: this plan has no standby node",
    );
  });
});

test("what changes of workers and schedules is told to the app nodes alone", () => {
  const application = { kind: "container", image: "ghcr.io/acme/shop:1.2.3" } as const;
  const localsOf = (app: WebInfrastructureProps["app"]) => synthesizeSite({ app }).section("locals");
  const before = localsOf({ application });
  const changed = [
    localsOf({ application, workers: { mailer: { command: ["bin/jobs"] } } }),
    localsOf({ application, schedules: { cleanup: { at: "03:00", command: ["bin/cleanup"] } } }),
  ].map((after) => Object.keys(after).filter((name) => after[name] !== before[name]));
  expect(changed).toEqual([["site_app_user-data"], ["site_app_user-data"]]);
});

describe("a database that is restored beside the first", () => {
  const at = "2026-01-31T19:25:22Z";

  test("is guarded while it serves: leaving it out is refused then, and going back to the first one is not", () => {
    const guardOf = (props: Parameters<typeof synthesizeSite>[0]) =>
      synthesizeSite(props).resource("terraform_data.site_guard-of-restored-database");
    const serving = guardOf({ restoredDatabase: { at, serve: true } });
    expect(serving).toEqual({ triggers_replace: { state: "serves" } });
    const beside = guardOf({ restoredDatabase: { at } });
    const leftOut = guardOf({});
    // The same: one that does not serve may go.
    expect(beside).toEqual({ triggers_replace: { state: "does not serve" } });
    expect(leftOut).toEqual({ ...beside, lifecycle: { prevent_destroy: true } });
    // And so is the way to it in the deployment that destroys the first one.
    const alone = guardOf({ restoredDatabase: { at, serve: true, keepOriginal: false } });
    expect(alone).toEqual({ ...serving, lifecycle: { prevent_destroy: true } });
  });

  const clusters = (tf: ReturnType<typeof synthesizeSite>) =>
    Object.keys(tf.resources("digitalocean_database_cluster"));
  const userDataOf = (tf: ReturnType<typeof synthesizeSite>, tier: string) =>
    JSON.stringify(tf.section("locals")[`site_${tier}_user-data`]);

  test("is made from the backups of the first and changes nothing else", () => {
    const restored = synthesizeSite({ restoredDatabase: { at } });
    expect(restored.resource("digitalocean_database_cluster.site_restored-database")).toMatchObject({
      name: "www-example-com-restored-postgres",
      backup_restore: { database_name: "www-example-com-postgres", backup_created_at: at },
    });
    const added = restored.addresses().filter((address) => !site.addresses().includes(address));
    expect(added.every((address) => address.includes(".site_restored-database"))).toBe(true);
    const others = site.addresses().filter((address) => !address.includes("guard-of-restored-database"));
    for (const address of others) expect(restored.resource(address)).toEqual(site.resource(address));
  });

  test("serves the site when it is asked to, and lets in whom the first lets in", () => {
    const serving = synthesizeSite({ restoredDatabase: { at, serve: true } });
    expect(userDataOf(serving, "app")).not.toBe(userDataOf(site, "app"));
    expect(userDataOf(serving, "web")).toBe(userDataOf(site, "web"));
    const rulesOf = (database: string) =>
      serving.resource(`digitalocean_database_firewall.site_${database}_firewall`).rule;
    expect(rulesOf("restored-database")).toEqual(rulesOf("database"));
    expect(clusters(serving)).toEqual(["site_database", "site_restored-database"]);
  });

  test("can stay alone", () => {
    const alone = synthesizeSite({ restoredDatabase: { at, serve: true, keepOriginal: false } });
    expect(clusters(alone)).toEqual(["site_restored-database"]);
  });

  test("fails without a moment, without a database of the site's own, and where nothing would be left to serve", () => {
    const restoredDatabase = { serve: true } as WebInfrastructureProps["restoredDatabase"];
    expect(() => synthesizeSite({ restoredDatabase })).toThrow("restoredDatabase.at: is missing");
    expect(() => synthesizeSite({ restoredDatabase: { at, keepOriginal: false } })).toThrow(
      "restoredDatabase.keepOriginal: must be true while the site uses its own database",
    );
    const writeUrl = "postgresql://app:secret@db.example.com:25061/app";
    const database = {
      writeUrl,
      readUrl: writeUrl,
      authority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    };
    expect(() => synthesizeSite({ database, restoredDatabase: { at } })).toThrow(
      "restoredDatabase: needs a database that the site has made itself",
    );
  });
});
