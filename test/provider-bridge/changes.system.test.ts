import { AppliedProject } from "./applied-project";
import { everyType } from "./every-type";
import { needsTerraform } from "./needs-terraform";
import { zoneId } from "./simulated-clouds";

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
  let applied: AppliedProject | undefined;
  let cloud: AppliedProject["cloud"];
  let project: AppliedProject["project"];

  beforeAll(async () => {
    applied = await AppliedProject.start();
    ({ cloud, project } = applied);
  });

  afterAll(async () => {
    await applied?.[Symbol.asyncDispose]();
  });

  test("what cannot be changed in place is replaced, for the sake of just that attribute", async () => {
    const replacements: Readonly<Record<string, object>> = {
      "digitalocean_droplet.web": {
        user_data: "#cloud-config\n{} # other\n",
        image: "ubuntu-24-04-x64",
        monitoring: false,
        droplet_agent: true,
        ssh_keys: ["aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99"],
      },
      "digitalocean_database_connection_pool.app": { size: 11, mode: "session" },
      "digitalocean_reserved_ip.site": { region: "nyc3" },
      "digitalocean_tag.lb": { name: "balancer" },
      "cloudflare_dns_record.www": { type: "AAAA", content: "2001:db8::1" },
      "cloudflare_origin_ca_certificate.site": {
        hostnames: ["example.com", "www.example.com"],
        requested_validity: 90,
      },
      "cloudflare_ruleset.redirect": { name: "other" },
      "tls_private_key.rsa": { rsa_bits: 3072 },
      "tls_cert_request.site": { subject: [{ common_name: "example.com" }] },
    };
    const inPlace: Readonly<Record<string, readonly string[]>> = { "cloudflare_dns_record.www": ["content"] };
    await project.configure(changed(replacements));
    const changes = (await project.plan("-refresh=false")).resource_changes ?? [];
    for (const [address, attributes] of Object.entries(replacements)) {
      const planned = changes.find((one) => one.address === address);
      const expected = Object.keys(attributes).filter((name) => !inPlace[address]?.includes(name));
      const replacing = planned?.change.replace_paths?.map(([name]) => name).sort();
      expect({ address, actions: planned?.change.actions }).toEqual({ address, actions: ["delete", "create"] });
      expect({ address, replacing }).toEqual({ address, replacing: expect.arrayContaining(expected) });
    }
  });

  test("what replaces a VPC replaces everything in it", async () => {
    await project.configure(changed({ "digitalocean_vpc.main": { ip_range: "10.30.0.0/20" } }));
    expect(await project.plannedActions("-refresh=false")).toMatchObject({
      "digitalocean_vpc.main": "delete+create",
      "digitalocean_droplet.web": "delete+create",
      "digitalocean_database_cluster.main": "delete+create",
      "digitalocean_database_replica.read": "delete+create",
      "digitalocean_database_firewall.read": "delete+create",
    });
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
      const other = { name: "other", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };
      const { droplet } = await cloud.digitalOcean("POST", "/v2/droplets", other);
      await until("active", async () => (await cloud.digitalOcean("GET", `/v2/droplets/${droplet.id}`)).droplet.status);
      const { ip_address: site } = await project.attributes("digitalocean_reserved_ip.site");
      const { ip_address: bound } = await project.attributes("digitalocean_reserved_ip.bound");
      await move(site, { type: "assign", droplet_id: droplet.id });
      expect(await project.plannedActions()).toEqual({});
      await move(site, { type: "unassign" });
      await move(bound, { type: "assign", droplet_id: droplet.id });
      expect(await project.plannedActions()).toEqual({ "digitalocean_reserved_ip.bound": "update" });
      await project.apply();
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

    async function move(ip: string, body: object): Promise<void> {
      await cloud.digitalOcean("POST", `/v2/reserved_ips/${ip}/actions`, body);
      const isLocked = async () => (await cloud.digitalOcean("GET", `/v2/reserved_ips/${ip}`)).reserved_ip.locked;
      await until(false, isLocked);
    }

    async function until(wanted: unknown, look: () => Promise<unknown>): Promise<void> {
      const endsAt = Date.now() + 60_000;
      while ((await look()) !== wanted) {
        if (Date.now() > endsAt) throw new Error(`waited 60 s for ${wanted}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });

  test("what can be changed in place is, and leaves nothing to change", async () => {
    await project.configure(
      changed({
        "digitalocean_droplet.web": {
          size: "s-1vcpu-2gb",
          name: "web-renamed",
          tags: ["web", "lb"],
          timeouts: { delete: "10m" },
        },
        "digitalocean_vpc.main": { description: "a description" },
        "digitalocean_database_cluster.main": { size: "db-s-2vcpu-4gb", node_count: 3, tags: ["web", "lb"] },
        "digitalocean_database_postgresql_config.main": { work_mem: 16 },
        "digitalocean_firewall.web": {
          inbound_rule: [{ protocol: "tcp", port_range: "443", source_addresses: ["0.0.0.0/0"] }],
        },
        "digitalocean_monitor_alert.cpu": { value: 90 },
        "digitalocean_uptime_check.www": { regions: ["us_west"] },
        "digitalocean_uptime_alert.down": { period: "5m" },
        "cloudflare_dns_record.www": { name: "site.example.com", comment: "the site" },
        "cloudflare_zone_setting.ssl": { value: "full" },
        "cloudflare_authenticated_origin_pulls_settings.edge": { enabled: false },
      }),
    );
    expect((await project.apply()).output).toContain("0 added, 11 changed, 0 destroyed");
    expect(await project.plannedActions()).toEqual({});
    expect(await project.attributes("digitalocean_droplet.web")).toMatchObject({ memory: 2048, status: "active" });
  });

  test("a cluster that begins with the backup of another one has what was in it, and then nothing to change", async () => {
    const grown = { size: "db-s-2vcpu-4gb", node_count: 3, tags: ["web", "lb"] };
    const copy = changed({ "digitalocean_database_cluster.main": grown }) as any;
    const restored = { ...cluster, name: "copy", size: grown.size, backup_restore: [{ database_name: "main" }] };
    copy.resource.digitalocean_database_cluster.copy = restored;
    await project.configure(copy);
    const run = await project.apply("-target=digitalocean_database_cluster.copy");
    expect(run.output).toContain("1 added");
    expect(await project.plannedActions("-target=digitalocean_database_cluster.copy")).toEqual({});
    const [main, made] = await Promise.all(
      ["main", "copy"].map((name) => project.attributes(`digitalocean_database_cluster.${name}`)),
    );
    expect(made).toMatchObject({ password: main!.password, backup_restore: [{ database_name: "main" }] });
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
