import { createHash } from "node:crypto";
import { cloudflare } from "../../provider-bridge/cloudflare/provider";
import { digitalocean } from "../../provider-bridge/digitalocean/provider";
import { tls } from "../../provider-bridge/tls/provider";
import { AppliedProject } from "./applied-project";
import { everyType } from "./every-type";
import { needsTerraform } from "./needs-terraform";
import { zoneId } from "./simulated-clouds";

const providers = [digitalocean, cloudflare, tls];

needsTerraform("a configuration with every type, on the APIs of the local cloud", () => {
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

  test("has every resource type and data source of the bridge in it", () => {
    const resources = providers.flatMap((provider) => Object.keys(provider.resources));
    const dataSources = providers.flatMap((provider) => Object.keys(provider.dataSources));
    expect(Object.keys(everyType.resource).sort()).toEqual(resources.sort());
    expect(Object.keys(everyType.data).sort()).toEqual(dataSources.sort());
  });

  test("leaves nothing to change for a second plan", async () => {
    expect(await project.plannedActions()).toEqual({});
  });

  test("leaves nothing to change for a plan from the state alone", async () => {
    expect(await project.plannedActions("-refresh=false")).toEqual({});
  });

  test("keeps the SHA-1 of a droplet's user data in the state, and not the data", async () => {
    const { user_data } = await project.attributes("digitalocean_droplet.web");
    const configured = everyType.resource.digitalocean_droplet.web.user_data;
    expect(user_data).toBe(createHash("sha1").update(configured).digest("hex"));
  });

  test("knows a droplet's addresses and what it costs", async () => {
    expect(await project.attributes("digitalocean_droplet.web")).toMatchObject({
      status: "active",
      ipv4_address: expect.stringMatching(/^203\.0\.113\./),
      ipv4_address_private: expect.stringMatching(/^10\.20\.0\./),
      price_monthly: 6,
      vcpus: 1,
      graceful_shutdown: true,
      timeouts: { delete: "5m" },
    });
  });

  test("connects the pool as its user, publicly and privately", async () => {
    const pool = await project.attributes("digitalocean_database_connection_pool.app");
    expect(pool.uri).toBe(`postgresql://app:${pool.password}@${pool.host}:25061/app-pool?sslmode=require`);
    expect(pool.private_uri).toContain(`@${pool.private_host}:25061/app-pool`);
  });

  test("reads the authority of the cluster as PEM", async () => {
    const { certificate } = await project.attributes("data.digitalocean_database_ca.main");
    expect(certificate).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  });

  test("reads a user of the cluster that nobody here has made", async () => {
    const { password } = await project.attributes("digitalocean_database_cluster.main");
    expect(await project.attributes("data.digitalocean_database_user.administrator")).toMatchObject({
      name: "doadmin",
      role: "primary",
      password,
    });
  });

  test("filters and sorts sizes", async () => {
    const { sizes } = await project.attributes("data.digitalocean_sizes.small");
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.every((size: any) => size.vcpus === 1)).toBe(true);
    const prices = sizes.map((size: any) => size.price_monthly);
    expect(prices).toEqual([...prices].sort((a, b) => b - a));
  });

  test("reads one region and the ranges of the edge", async () => {
    expect(await project.attributes("data.digitalocean_region.here")).toMatchObject({ slug: "fra1", available: true });
    expect(await project.attributes("data.cloudflare_ip_ranges.edge")).toMatchObject({
      ipv4_cidrs: ["198.51.100.192/26"],
    });
  });

  test("imports what is there without replacing any of it", async () => {
    const ids = await importIds();
    await project.succeed("state", "rm", ...Object.keys(ids));
    const imports = Object.entries(ids).map(([to, id]) => ({ to, id }));
    await project.configure({ ...everyType, import: imports });
    const actions = Object.values(await project.plannedActions());
    expect(actions.filter((action) => action !== "update")).toEqual([]);
    expect((await project.apply()).output).toContain(`${imports.length} imported, 0 added`);
    await project.configure(everyType);
    expect(await project.plannedActions()).toEqual({});
  });

  test("leaves nothing behind when it is destroyed", async () => {
    expect(Object.keys(cloud.inventory()).length).toBeGreaterThan(10);
    const { code, output } = await project.destroy();
    expect({ code, tail: output.slice(-60).trim() }).toEqual({
      code: 0,
      tail: expect.stringContaining("Destroy complete!"),
    });
    expect(cloud.inventory()).toEqual({});
  });

  async function importIds(): Promise<Record<string, string>> {
    const id = async (address: string) => String((await project.attributes(address)).id);
    const cluster = await id("digitalocean_database_cluster.main");
    return {
      "digitalocean_tag.web": "web",
      "digitalocean_vpc.main": await id("digitalocean_vpc.main"),
      "digitalocean_ssh_key.ops": await id("digitalocean_ssh_key.ops"),
      "digitalocean_firewall.web": await id("digitalocean_firewall.web"),
      "digitalocean_reserved_ip.site": await id("digitalocean_reserved_ip.site"),
      "digitalocean_database_cluster.main": cluster,
      "digitalocean_database_replica.read": `${cluster},read-1`,
      "digitalocean_database_db.app": `${cluster},app`,
      "digitalocean_database_user.app": `${cluster},app`,
      "digitalocean_database_connection_pool.app": `${cluster},app-pool`,
      "digitalocean_database_postgresql_config.main": cluster,
      "digitalocean_monitor_alert.cpu": await id("digitalocean_monitor_alert.cpu"),
      "digitalocean_uptime_check.www": await id("digitalocean_uptime_check.www"),
      "cloudflare_dns_record.www": `${zoneId}/${await id("cloudflare_dns_record.www")}`,
      "cloudflare_zone_setting.ssl": `${zoneId}/ssl`,
      "cloudflare_argo_tiered_caching.edge": zoneId,
      "cloudflare_tiered_cache.edge": zoneId,
      "cloudflare_ruleset.redirect": `zones/${zoneId}/${await id("cloudflare_ruleset.redirect")}`,
    };
  }
});
