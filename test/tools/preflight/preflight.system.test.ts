import path from "node:path";
import { uploadClientCertificate } from "../client-certificate";
import { tryRunProgram } from "../../../programs/run-program";
import { zoneId } from "../../modules/synthesized";
import { needsTerraform } from "../../provider-bridge/needs-terraform";
import { SimulatedSite } from "../../modules/simulated-site";

const MAIN = path.resolve(__dirname, "../../../tools/preflight/main.ts");

/** What is said of a plan, in lines, without the numbers that differ from run to run. */
async function preflight(site: SimulatedSite, environment: NodeJS.ProcessEnv = {}, ...planning: readonly string[]) {
  const { status, stdout, stderr } = await tryRunProgram([process.execPath, "--import", "tsx", MAIN, "--plan", "-"], {
    input: await site.plan(...planning),
    environment: { ...process.env, ...site.cloud.environment, ...environment },
  });
  return { status, lines: (stdout + stderr).trimEnd().split("\n") };
}

const found = ({ lines }: { lines: readonly string[] }) =>
  lines.filter((line) => /^ {2}\S/.test(line)).map((line) => line.trim());

needsTerraform("preflight of plans of the real terraform on simulated clouds", () => {
  test("nothing is in the way of a first deployment, nor of a site that stands", async () => {
    await using site = await SimulatedSite.start();
    const nothing = { status: 0, lines: ["Nothing is in the way of this deployment."] };
    expect(await preflight(site)).toEqual(nothing);
    await site.apply();
    expect(await preflight(site)).toEqual(nothing);
    // Record, client certificate and network are its own.
    await site.configure({ zone: { id: zoneId, clientAuthority: "second" }, web: { nodes: 3 } });
    expect(await preflight(site)).toEqual(nothing);
  });

  test("what is there already is said with what to do, and a record can be adopted", async () => {
    await using site = await SimulatedSite.start();
    const { cloud, project } = site;
    const record = async (type: string, name: string, content: string) =>
      (await cloud.cloudflare("POST", `/zones/${zoneId}/dns_records`, { type, name, content })).result.id as string;
    const other = await record("A", "www.example.com", "203.0.113.9");
    await record("TXT", "www.example.com", "v=spf1 -all");
    await record("A", "shop.example.com", "203.0.113.9");
    await uploadClientCertificate(cloud, "shop.example.com origin pull");
    await cloud.digitalOcean("POST", "/v2/vpcs", { name: "shop", region: "fra1", ip_range: "10.112.8.0/24" });
    const inbound_rules = [{ protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0"] } }];
    const named = { name: "www-example-com-web", inbound_rules };
    const { firewall } = await cloud.digitalOcean("POST", "/v2/firewalls", named);
    const first = await preflight(site);
    expect(first.status).toBe(3);
    expect(found(first)).toEqual([
      'VPC "shop" has 10.112.8.0/24, which 10.112.0.0/20 overlaps',
      `there is a firewall called "www-example-com-web" already (${firewall.id})`,
      `zone ${zoneId} shows another client certificate already: shop.example.com origin pull`,
      `www.example.com has a record already: A 203.0.113.9 (${other})`,
    ]);
    const [, address, id] = /terraform import '(\S+)' '(\S+)'/.exec(first.lines.join("\n"))!;
    expect(id).toBe(`${zoneId}/${other}`);
    await project.succeed("import", address!, id!);
    expect(found(await preflight(site))).not.toContainEqual(expect.stringMatching("record already"));
    expect((await project.plannedActions())[address!]).toBe("update");
  });

  test.each([
    ["AAAA", "2001:db8::1", "Cloudflare would send some of the requests to that address. Delete it."],
    ["CNAME", "shop.example.net", "Cloudflare refuses an A record beside it. Delete it just before the deployment."],
  ])("a record of type %s cannot be adopted", async (type, content, remedy) => {
    await using site = await SimulatedSite.start();
    const record = { type, name: "www.example.com", content };
    const { result } = await site.cloud.cloudflare("POST", `/zones/${zoneId}/dns_records`, record);
    expect(await preflight(site)).toEqual({
      status: 3,
      lines: [
        "In the way of this deployment:",
        "",
        `  www.example.com has a record already: ${type} ${content} (${result.id})`,
        `    ${remedy}`,
      ],
    });
  });

  test("limits of the account, sizes and keys that it has not", async () => {
    await using site = await SimulatedSite.start({
      web: { nodes: 25, size: "s-16vcpu-64gb" },
      ssh: { keys: ["12345"] },
    });
    const region = { region: "fra1" };
    for (let i = 0; i < 3; i++) await site.cloud.digitalOcean("POST", "/v2/reserved_ips", region);
    expect(found(await preflight(site))).toEqual([
      "the account may have 25 droplets, and would have up to 29: 0 now and 29 more",
      "the account may have 3 reserved IPs, and would have up to 4: 3 now and 1 more",
      "droplet size s-16vcpu-64gb is not offered in fra1 now, but nowhere",
      "the account has no SSH key 12345",
    ]);
  });

  test("a roll-out needs room for old and new nodes", async () => {
    await using site = await SimulatedSite.start({ web: { nodes: 8 } });
    await site.apply();
    for (let i = 0; i < 12; i++)
      await site.cloud.digitalOcean("POST", "/v2/droplets", {
        ...{ name: `other-${i}`, region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" },
      });
    await site.configure({ web: { nodes: 8, extraPackages: ["htop"] } });
    expect(found(await preflight(site))).toEqual([
      "the account may have 25 droplets, and would have up to 32: 24 now and 8 more",
    ]);
  });

  test("tokens of nodes that DigitalOcean does not know, or that may not read what nodes read", async () => {
    await using site = await SimulatedSite.start();
    const tokens = ["failover_token=database_token", "discovery_token=", "database_token=none"];
    expect(await preflight(site, {}, ...tokens.map((value) => `-var=${value}`))).toEqual({
      status: 3,
      lines: [
        "In the way of this deployment:",
        "",
        "  TF_VAR_failover_token may not read /v2/reserved_ips",
        "    Load balancers could not move the reserved IP. Make a token with the scopes that the README has for it, " +
          "reserved_ip:read among them.",
        "",
        "  DigitalOcean does not know TF_VAR_discovery_token",
        "    Load balancers and web nodes would find no other nodes. Make a token with the scopes that the README has for " +
          "it, droplet:read among them.",
        "",
        "  DigitalOcean does not know TF_VAR_database_token",
        "    App nodes would not learn which servers the database has, and read from the primary alone. Make a token with " +
          "the scopes that the README has for it, database:read among them.",
      ],
    });
  });

  test("what a token may not read is named, and a missing one is said", async () => {
    await using site = await SimulatedSite.start();
    expect(await preflight(site, { CLOUDFLARE_API_TOKEN: "" })).toEqual({
      status: 0,
      lines: [
        "Nothing is in the way of this deployment.",
        "",
        "not looked at: Cloudflare, because CLOUDFLARE_API_TOKEN is missing",
      ],
    });
    const missing = await preflight(site, { DIGITALOCEAN_TOKEN: "" });
    expect(missing).toEqual({ status: 1, lines: [expect.stringMatching("^DIGITALOCEAN_TOKEN: is missing")] });
    const nobody = await preflight(site, { DIGITALOCEAN_API_URL: "http://127.0.0.1:1" });
    expect(nobody).toEqual({
      status: 1,
      lines: [expect.stringMatching("^http://127.0.0.1:1/v2/account: does not answer")],
    });
  });
});
