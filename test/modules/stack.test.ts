import { synthesize, synthesizeSite } from "./synthesized";

const NAMES = ["TF_CLOUD_ORGANIZATION", "TF_WORKSPACE", "STATE_DIRECTORY", "DELETION_PROTECTION"];
let kept: Record<string, string | undefined>;

beforeEach(() => {
  kept = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  for (const name of NAMES) delete process.env[name];
});

afterEach(() => {
  for (const name of NAMES) if (kept[name] === undefined) delete process.env[name];
  Object.assign(process.env, Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)));
});

const empty = () => synthesize(() => undefined);

test("providers get nothing from the stack: their settings are in the environment", () => {
  expect(empty().section("provider")).toEqual({ digitalocean: [{}], cloudflare: [{}], tls: [{}] });
});

test("providers are pinned to the versions that the bindings were made from", () => {
  expect(empty().section("terraform").required_providers).toEqual({
    digitalocean: { source: "digitalocean/digitalocean", version: "2.71.0" },
    cloudflare: { source: "cloudflare/cloudflare", version: "5.14.0" },
    tls: { source: "hashicorp/tls", version: "4.1.0" },
  });
});

test("tokens of the hosts are sensitive variables without a default", () => {
  const secret = { type: "string", sensitive: true, nullable: false, description: expect.any(String) };
  expect(empty().section("variable")).toEqual({
    failover_token: secret,
    discovery_token: secret,
    database_token: secret,
  });
});

test("the state is a file in the current directory", () => {
  expect(empty().section("terraform").backend).toEqual({ local: { path: `${process.cwd()}/terraform.web.tfstate` } });
});

test("the state is a file in STATE_DIRECTORY", () => {
  process.env.STATE_DIRECTORY = "/var/lib/somewhere";
  expect(empty().section("terraform").backend).toEqual({ local: { path: "/var/lib/somewhere/terraform.web.tfstate" } });
});

test("the state is in HCP Terraform when there is an organization", () => {
  process.env.TF_CLOUD_ORGANIZATION = "acme";
  const { cloud, backend } = empty().section("terraform");
  expect(backend).toBeUndefined();
  expect(cloud).toEqual({ organization: "acme", workspaces: { name: "web" } });
});

test("the workspace in HCP Terraform can be chosen", () => {
  Object.assign(process.env, { TF_CLOUD_ORGANIZATION: "acme", TF_WORKSPACE: "shop-staging" });
  expect(empty().section("terraform").cloud.workspaces).toEqual({ name: "shop-staging" });
});

/** Addresses of what Terraform refuses to destroy. */
function protectedAddresses(): string[] {
  const site = synthesizeSite();
  return site.addresses().filter((address) => site.resource(address).lifecycle?.prevent_destroy);
}

test("reserved IP, database, its firewall, and the authority that signs are protected from destruction", () => {
  expect(protectedAddresses()).toEqual([
    "digitalocean_database_cluster.site_database",
    "digitalocean_database_db.site_database",
    "digitalocean_database_firewall.site_database_firewall",
    "digitalocean_reserved_ip.site_address",
    "terraform_data.site_guard-of-restored-database",
    "tls_private_key.site_hostname_client_authority-key",
    "tls_self_signed_cert.site_hostname_client_authority",
  ]);
});

test("nothing is protected with DELETION_PROTECTION=off, and everything else stays as it is", () => {
  const before = synthesizeSite();
  process.env.DELETION_PROTECTION = "off";
  const after = synthesizeSite();
  expect(protectedAddresses()).toEqual([]);
  expect(after.addresses()).toEqual(before.addresses());
  const address = "digitalocean_droplet.site_web_1";
  expect(after.resource(address)).toEqual(before.resource(address));
});
