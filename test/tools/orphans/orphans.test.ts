import { spawn } from "node:child_process";
import path from "node:path";
import { DigitalOceanAccount } from "../../../tools/accounts/digitalocean-account";
import { KnownResources } from "../../../tools/known-resources";
import { findOrphans } from "../../../tools/orphans/orphans";
import { siteNames } from "../../../tools/orphans/site-names";
import { eventually } from "../../end-to-end/eventually";
import { SimulatedClouds, zoneId } from "../../provider-bridge/simulated-clouds";
import { synthesizeSite } from "../../modules/synthesized";

const MAIN = path.resolve(__dirname, "../../../tools/orphans/main.ts");
const empty = '{"format_version":"1.0"}';

// Each of the last tests starts a Node.

let cloud: SimulatedClouds;
beforeEach(async () => void (cloud = await SimulatedClouds.start()));
afterEach(() => cloud[Symbol.asyncDispose]());

const account = (pageSize?: number) =>
  new DigitalOceanAccount(
    { url: cloud.environment["DIGITALOCEAN_API_URL"]!, token: cloud.environment["DIGITALOCEAN_TOKEN"]! },
    pageSize,
  );

/** Makes a droplet past Terraform; its id. */
async function createDroplet(name: string, tags: readonly string[] = []): Promise<string> {
  const body = { name, region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64", tags };
  return String((await cloud.digitalOcean("POST", "/v2/droplets", body)).droplet.id);
}

const stateWith = (type: string, ...ids: string[]) =>
  JSON.stringify({
    format_version: "1.0",
    values: { root_module: { resources: ids.map((id) => ({ type, values: { id } })) } },
  });

async function found(state: string, ...names: string[]): Promise<string[]> {
  const { orphans } = await findOrphans(account(), KnownResources.parse(state), names);
  return orphans.map(({ type, id, name, ours }) => `${type} ${id} ${name}${ours ? "" : "?"}`);
}

test("a droplet of a tier of one's own is found, by the tag that the state knows", async () => {
  const orphan = await createDroplet("shop-workers-1", ["shop-workers"]);
  const unknown = "digitalocean_tag shop-workers shop-workers";
  expect(await found(stateWith("digitalocean_tag", "shop-workers"), "shop")).toEqual([
    `digitalocean_droplet ${orphan} shop-workers-1`,
  ]);
  expect(await found(stateWith("digitalocean_tag", "shopping-workers"), "shop")).not.toContain(unknown);
});

test("a droplet that the state does not know is found, by its name or by its tag", async () => {
  const known = await createDroplet("shop-web-1", ["shop-web"]);
  const byName = await createDroplet("shop-web-1");
  const byTag = await createDroplet("renamed", ["shop-web"]);
  await createDroplet("somebody-elses");
  expect(await found(stateWith("digitalocean_droplet", known), "shop")).toEqual([
    `digitalocean_droplet ${byName} shop-web-1`,
    `digitalocean_droplet ${byTag} renamed`,
    "digitalocean_tag shop-web shop-web",
  ]);
});

test("what belongs to a site whose name only begins the same is left alone", async () => {
  await createDroplet("shop-staging-web-1", ["shop-staging-web"]);
  expect(await found(empty, "shop")).toEqual([]);
  expect(await found(empty, "shop-staging")).toHaveLength(2);
});

test("all pages of a list are read", async () => {
  const names = ["shop-web-1", "shop-web-2", "shop-web-3", "shop-web-4", "shop-web-5"];
  for (const name of names) await createDroplet(name);
  const { orphans } = await findOrphans(account(2), KnownResources.parse(empty), ["shop"]);
  expect(orphans.map(({ name }) => name)).toEqual(names);
});

test("an address is ours when one of our droplets holds it, and perhaps when nobody does", async () => {
  const droplet = await createDroplet("shop-load-balancer-1");
  const held = (await cloud.digitalOcean("POST", "/v2/reserved_ips", { droplet_id: Number(droplet) })).reserved_ip.ip;
  const free = (await cloud.digitalOcean("POST", "/v2/reserved_ips", { region: "fra1" })).reserved_ip.ip;
  const inState = stateWith("digitalocean_droplet", droplet);
  await eventually("the address is assigned", 10, async () => {
    const { reserved_ip: address } = await cloud.digitalOcean("GET", `/v2/reserved_ips/${held}`);
    return address.droplet ?? undefined;
  });
  expect(await found(inState, "shop")).toEqual([
    `digitalocean_reserved_ip ${held} shop-load-balancer-1`,
    `digitalocean_reserved_ip ${free} (held by no droplet)?`,
  ]);
});

test("firewalls, networks, databases with their replicas, alerts and checks are found", async () => {
  const vpc = (await cloud.digitalOcean("POST", "/v2/vpcs", { name: "shop", region: "fra1", ip_range: "10.9.0.0/20" }))
    .vpc;
  const inbound_rules = [{ protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0"] } }];
  const { firewall } = await cloud.digitalOcean("POST", "/v2/firewalls", { name: "shop-app", inbound_rules });
  const { database } = await cloud.digitalOcean("POST", "/v2/databases", {
    name: "shop-postgres",
    engine: "pg",
    version: "17",
    size: "db-s-1vcpu-2gb",
    region: "fra1",
    num_nodes: 2,
    private_network_uuid: vpc.id,
  });
  const { check } = await cloud.digitalOcean("POST", "/v2/uptime/checks", {
    name: "shop",
    type: "https",
    target: "https://shop.example.com",
    regions: ["eu_west"],
    enabled: true,
  });
  expect(await found(empty, "shop")).toEqual([
    `digitalocean_firewall ${firewall.id} shop-app`,
    `digitalocean_vpc ${vpc.id} shop`,
    `digitalocean_database_cluster ${database.id} shop-postgres`,
    `digitalocean_uptime_check ${check.id} shop`,
  ]);
});

test("the names of sites are read from the synthesized stack", () => {
  expect(siteNames(synthesizeSite().text)).toEqual(["www-example-com"]);
});

describe("npm run orphans", () => {
  const run = (state: string, ...args: string[]) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, ...cloud.environment };
      const child = spawn(process.execPath, ["--import", "tsx", MAIN, "--state", "-", ...args], { env });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (text) => (stdout += text));
      child.stderr.on("data", (text) => (stderr += text));
      child.once("close", (status) => resolve({ status, stdout, stderr }));
      child.stdin.end(state);
    });

  test("ends with 3 and a table when something is left", async () => {
    const id = await createDroplet("shop-web-1");
    const { status, stdout } = await run(empty, "--name", "shop");
    expect(stdout).toContain("In the account, and not in the state of shop:");
    expect(stdout).toMatch(new RegExp(`^droplet +${id} +shop-web-1`, "m"));
    expect(status).toBe(3);
  });

  test("ends with 0 when nothing is left, and says what it could not look at", async () => {
    const site = ["--name", "shop", "--hostname", "shop.example.com", "--zone", zoneId];
    const { status, stdout } = await run(empty, ...site, "--json");
    expect(JSON.parse(stdout)).toEqual({
      orphans: [],
      unread: ["GET /v2/volumes is not allowed, or not offered"],
    });
    expect(status).toBe(0);
  });

  test("lists what is left at Cloudflare beside what is left at DigitalOcean", async () => {
    const record = { type: "A", name: "shop.example.com", content: "203.0.113.1" };
    const { id } = (await cloud.cloudflare("POST", `/zones/${zoneId}/dns_records`, record)).result;
    const { status, stdout } = await run(empty, "--name", "shop", "--hostname", "shop.example.com", "--zone", zoneId);
    expect(stdout).toMatch(new RegExp(`^cloudflare dns record +${id} +shop.example.com A 203.0.113.1 `, "m"));
    expect(status).toBe(3);
  });

  test("says that it has no token for Cloudflare", async () => {
    cloud.environment["CLOUDFLARE_API_TOKEN"] = "";
    const { status, stdout } = await run(empty, "--name", "shop");
    expect(stdout).toContain("\nnot looked at: Cloudflare, because CLOUDFLARE_API_TOKEN is missing\n");
    expect(status).toBe(0);
  });

  test("fails on something else than a state", async () => {
    const { status, stderr } = await run("{}", "--name", "shop");
    expect(stderr).toBe('state: must be the output of "terraform show -json", got other JSON\n');
    expect(status).toBe(1);
  });
});

test("fails on a token of another account", async () => {
  const stranger = new DigitalOceanAccount({ url: cloud.environment["DIGITALOCEAN_API_URL"]!, token: "wrong" });
  await expect(findOrphans(stranger, KnownResources.parse(empty), ["shop"])).rejects.toThrow(
    "status 401, DIGITALOCEAN_TOKEN is not a token of this account",
  );
});
