import { everyType } from "./every-type";
import { needsTerraform } from "./needs-terraform";
import { PaperCloud, zoneId } from "./paper-cloud";
import { TerraformProject } from "./terraform-project";

const droplet = everyType.resource.digitalocean_droplet.web;
const cluster = everyType.resource.digitalocean_database_cluster.main;

/** The configuration with other attributes for some resources, `type.name` to what changes. */
function changed(changes: Readonly<Record<string, object>>): typeof everyType {
  const copy = structuredClone(everyType) as any;
  for (const [address, attributes] of Object.entries(changes)) {
    const [type = "", name = ""] = address.split(".");
    Object.assign(copy.resource[type][name], attributes);
  }
  return copy;
}

needsTerraform("changes, on the APIs of the local cloud", () => {
  let cloud: PaperCloud;
  let project: TerraformProject;

  beforeAll(async () => {
    cloud = await PaperCloud.start();
    project = await TerraformProject.start(cloud.environment);
    await project.configure(everyType);
    const { code, output } = await project.apply();
    if (code !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await cloud[Symbol.asyncDispose]();
  });

  const replacements: readonly [string, string, object][] = [
    ["digitalocean_droplet.web", "user_data", { user_data: "#cloud-config\n{} # other\n" }],
    ["digitalocean_droplet.web", "image", { image: "ubuntu-24-04-x64" }],
    ["digitalocean_droplet.web", "monitoring", { monitoring: false }],
    ["digitalocean_droplet.web", "droplet_agent", { droplet_agent: true }],
    ["digitalocean_droplet.web", "ssh_keys", { ssh_keys: ["aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99"] }],
    ["digitalocean_vpc.main", "ip_range", { ip_range: "10.30.0.0/20" }],
    ["digitalocean_database_cluster.main", "name", { name: "other" }],
    ["digitalocean_database_replica.read", "tags", { tags: ["web"] }],
    ["digitalocean_database_connection_pool.app", "size", { size: 11 }],
    ["digitalocean_reserved_ip.site", "region", { region: "nyc3" }],
    ["cloudflare_dns_record.www", "type", { type: "AAAA", content: "2001:db8::1" }],
    ["cloudflare_origin_ca_certificate.site", "hostnames", { hostnames: ["example.com", "www.example.com"] }],
    ["cloudflare_origin_ca_certificate.site", "requested_validity", { requested_validity: 90 }],
    ["cloudflare_ruleset.redirect", "name", { name: "other" }],
    ["tls_private_key.p256", "ecdsa_curve", { ecdsa_curve: "P384" }],
    ["tls_cert_request.site", "subject", { subject: [{ common_name: "example.com" }] }],
    ["tls_self_signed_cert.authority", "validity_period_hours", { validity_period_hours: 10 }],
  ];

  test.each(replacements)("%s is replaced when its %s changes", async (address, attribute, change) => {
    await project.configure(changed({ [address]: change }));
    const changes = (await project.plan()).resource_changes ?? [];
    const planned = changes.find((one) => one.address === address);
    expect(planned?.change.actions).toEqual(["delete", "create"]);
    expect(planned?.change.replace_paths?.map(([name]) => name)).toEqual([attribute]);
  });

  const updates: readonly [string, object, readonly string[]][] = [
    ["digitalocean_droplet.web", { size: "s-1vcpu-2gb", name: "web-renamed" }, ["name", "size"]],
    ["digitalocean_droplet.web", { tags: ["web", "lb"] }, ["tags"]],
    ["digitalocean_droplet.web", { timeouts: { delete: "10m" } }, ["timeouts"]],
    ["digitalocean_vpc.main", { description: "a description" }, ["description"]],
    ["digitalocean_database_cluster.main", { node_count: 3 }, ["node_count"]],
    ["digitalocean_database_replica.read", { size: "db-s-2vcpu-4gb" }, ["size"]],
    ["digitalocean_monitor_alert.cpu", { value: 90 }, ["value"]],
    ["digitalocean_uptime_check.www", { regions: ["us_west"] }, ["regions"]],
    ["cloudflare_zone_setting.ssl", { value: "full" }, ["value"]],
    ["cloudflare_authenticated_origin_pulls_settings.edge", { enabled: false }, ["enabled"]],
  ];

  test.each(updates)("%s is changed in place by %j", async (address, change, names) => {
    await project.configure(changed({ [address]: change }));
    const changes = (await project.plan()).resource_changes ?? [];
    const { actions, before, after } = changes.find((one) => one.address === address)!.change;
    expect(actions).toEqual(["update"]);
    const different = Object.keys(after ?? {}).filter(
      (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
    );
    expect(different.sort()).toEqual(names);
  });

  test("changes are carried out and leave nothing to change", async () => {
    await project.configure(
      changed({
        "digitalocean_droplet.web": { size: "s-1vcpu-2gb", name: "web-renamed", tags: ["web", "lb"] },
        "digitalocean_database_cluster.main": { size: "db-s-2vcpu-4gb", node_count: 3, tags: ["web", "lb"] },
        "digitalocean_database_postgresql_config.main": { work_mem: 16 },
        "digitalocean_firewall.web": {
          inbound_rule: [{ protocol: "tcp", port_range: "443", source_addresses: ["0.0.0.0/0"] }],
        },
        "digitalocean_uptime_alert.down": { period: "5m" },
        "cloudflare_dns_record.www": { name: "site.example.com", comment: "the site" },
        "cloudflare_zone_setting.ssl": { value: "full" },
      }),
    );
    expect((await project.apply()).output).toContain("0 added, 7 changed, 0 destroyed");
    expect(await project.plannedActions()).toEqual({});
    expect(await project.attributes("digitalocean_droplet.web")).toMatchObject({ memory: 2048, status: "active" });
    await project.configure(everyType);
    expect(await project.apply()).toMatchObject({ code: 0 });
    expect(await project.plannedActions()).toEqual({});
  });

  test("another way of writing the same is no change", async () => {
    await project.configure(
      changed({
        "digitalocean_droplet.web": { tags: ["WEB"], region: "FRA1", size: "S-1VCPU-1GB" },
        "digitalocean_database_cluster.main": { maintenance_window: [{ day: "sunday", hour: "02:00:00" }] },
        "cloudflare_dns_record.www": { name: "www", tags: [], settings: {} },
        "digitalocean_firewall.web": {
          inbound_rule: [...everyType.resource.digitalocean_firewall.web.inbound_rule].reverse(),
        },
      }),
    );
    expect(await project.plannedActions()).toEqual({});
  });

  describe("out of band", () => {
    beforeAll(() => project.configure(everyType));

    test("a tag put on a droplet is taken off again", async () => {
      const { id } = await project.attributes("digitalocean_droplet.web");
      const body = { resources: [{ resource_id: id, resource_type: "droplet" }] };
      await cloud.digitalOcean("POST", "/v2/tags/lb/resources", body);
      expect(await project.plannedActions()).toEqual({ "digitalocean_droplet.web": "update" });
      await project.apply();
      expect(await project.plannedActions()).toEqual({});
    });

    test("a changed setting and a changed record are set back", async () => {
      const { id } = await project.attributes("cloudflare_dns_record.www");
      await cloud.cloudflare("PATCH", `/zones/${zoneId}/settings/ssl`, { value: "flexible" });
      await cloud.cloudflare("PATCH", `/zones/${zoneId}/dns_records/${id}`, { content: "198.51.100.99" });
      expect(await project.plannedActions()).toEqual({
        "cloudflare_dns_record.www": "update",
        "cloudflare_zone_setting.ssl": "update",
      });
      await project.apply();
      expect(await project.plannedActions()).toEqual({});
    });

    test("an assigned reserved IP is left alone, unless the configuration binds it to a droplet", async () => {
      const { id: droplet } = await project.attributes("digitalocean_droplet.web");
      const { ip_address: site } = await project.attributes("digitalocean_reserved_ip.site");
      await settled(`/v2/reserved_ips/${site}`, { type: "assign", droplet_id: Number(droplet) });
      expect(await project.plannedActions()).toEqual({});
    });

    test("a firewall with another rule is set back", async () => {
      const { id } = await project.attributes("digitalocean_firewall.web");
      const rules = [{ protocol: "tcp", ports: "22", sources: { addresses: ["0.0.0.0/0"] } }];
      await cloud.digitalOcean("POST", `/v2/firewalls/${id}/rules`, { inbound_rules: rules });
      expect(await project.plannedActions()).toEqual({ "digitalocean_firewall.web": "update" });
      await project.apply();
      expect(await project.plannedActions()).toEqual({});
    });

    test("what was deleted is forgotten and made again", async () => {
      const { id } = await project.attributes("cloudflare_dns_record.www");
      await cloud.cloudflare("DELETE", `/zones/${zoneId}/dns_records/${id}`);
      const { id: check } = await project.attributes("digitalocean_uptime_check.www");
      const { id: alert } = await project.attributes("digitalocean_uptime_alert.down");
      await cloud.digitalOcean("DELETE", `/v2/uptime/checks/${check}/alerts/${alert}`);
      expect(await project.plannedActions()).toEqual({
        "cloudflare_dns_record.www": "create",
        "digitalocean_uptime_alert.down": "create",
      });
      await project.apply();
      expect(await project.plannedActions()).toEqual({});
    });

    async function settled(path: string, body: object): Promise<void> {
      await cloud.digitalOcean("POST", `${path}/actions`, body);
      const endsAt = Date.now() + 10_000;
      while ((await cloud.digitalOcean("GET", path)).reserved_ip.locked && Date.now() < endsAt);
    }
  });

  test("fails to plan a cluster without a version, and says which one it has", async () => {
    const { version: _, ...withoutVersion } = cluster;
    const copy = structuredClone(everyType) as any;
    copy.resource.digitalocean_database_cluster.main = withoutVersion;
    await project.configure(copy);
    const run = await project.run("plan");
    expect(run.code).toBe(1);
    expect(run.output.replace(/\s+/g, " ")).toContain('The argument "version" is now required. Set the pg version');
  });

  test("fails to plan a droplet with volumes, which the local cloud does not have", async () => {
    await project.configure(changed({ "digitalocean_droplet.web": { ...droplet, volume_ids: ["x"] } }));
    expect((await project.run("plan")).output).toContain("volume_ids: the local cloud has no volumes");
  });
});
