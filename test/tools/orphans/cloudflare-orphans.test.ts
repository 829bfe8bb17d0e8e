import { CloudflareAccount } from "../../../tools/accounts/cloudflare-account";
import { findCloudflareOrphans } from "../../../tools/orphans/cloudflare-orphans";
import { siteHostnames } from "../../../tools/orphans/site-names";
import { KnownResources } from "../../../tools/known-resources";
import { SimulatedClouds, zoneId } from "../../provider-bridge/simulated-clouds";
import { synthesizeSite } from "../../modules/synthesized";
import { uploadClientCertificate } from "../client-certificate";

const empty = '{"format_version":"1.0"}';
const hostname = "www.example.com";

let cloud: SimulatedClouds;
beforeEach(async () => void (cloud = await SimulatedClouds.start()));
afterEach(() => cloud[Symbol.asyncDispose]());

const account = (pageSize?: number, token = cloud.environment["CLOUDFLARE_API_TOKEN"]!) =>
  new CloudflareAccount({ url: cloud.environment["CLOUDFLARE_BASE_URL"]!, token }, pageSize);

const stateWith = (type: string, id: string) =>
  JSON.stringify({ format_version: "1.0", values: { root_module: { resources: [{ type, values: { id } }] } } });

async function found(state = empty): Promise<string[]> {
  const { orphans } = await findCloudflareOrphans(account(), KnownResources.parse(state), [{ hostname, zoneId }]);
  return orphans.map(({ type, id, name, ours }) => `${type} ${id} ${name}${ours ? "" : "?"}`);
}

/** Makes something past Terraform; its id. */
async function create(path: string, body: object): Promise<string> {
  return (await cloud.cloudflare("POST", path, body)).result.id as string;
}

const createRecord = (type: string, name: string, content: string) =>
  create(`/zones/${zoneId}/dns_records`, { type, name, content });

const createOriginCertificate = (...hostnames: string[]) =>
  create("/certificates", { csr: "-----BEGIN CERTIFICATE REQUEST-----", hostnames });

test("records of the host name are found; those of other names or kinds are not", async () => {
  const ours = await createRecord("A", hostname, "203.0.113.1");
  const perhaps = await createRecord("AAAA", hostname, "2001:db8::1");
  await createRecord("TXT", hostname, "v=spf1 -all");
  await createRecord("A", "other.example.com", "203.0.113.1");
  expect(await found()).toEqual([
    `cloudflare_dns_record ${ours} www.example.com A 203.0.113.1`,
    `cloudflare_dns_record ${perhaps} www.example.com AAAA 2001:db8::1?`,
  ]);
  expect(await found(stateWith("cloudflare_dns_record", ours))).toHaveLength(1);
});

test("origin certificates of the host name are found, perhaps ours when they are for others too", async () => {
  const ours = await createOriginCertificate(hostname);
  const perhaps = await createOriginCertificate(hostname, "example.com");
  await createOriginCertificate("example.com");
  expect((await found()).map((line) => line.replace(/ \(until .*\)/, ""))).toEqual([
    `cloudflare_origin_ca_certificate ${ours} www.example.com`,
    `cloudflare_origin_ca_certificate ${perhaps} www.example.com, example.com?`,
  ]);
  expect(await found(stateWith("cloudflare_origin_ca_certificate", ours))).toHaveLength(1);
});

test("client certificates are found by their subject", async () => {
  const ours = await uploadClientCertificate(cloud, `${hostname} origin pull`);
  await uploadClientCertificate(cloud, "shop.example.com origin pull");
  const type = "cloudflare_authenticated_origin_pulls_certificate";
  expect(await found()).toEqual([expect.stringMatching(`^${type} ${ours} www.example.com origin pull \\(until 2`)]);
  expect(await found(stateWith(type, ours))).toEqual([]);
});

test("all pages of a list are read", async () => {
  for (let i = 1; i <= 5; i++) await createRecord("A", hostname, `203.0.113.${i}`);
  const sites = [{ hostname, zoneId }];
  expect((await findCloudflareOrphans(account(5), KnownResources.parse(empty), sites)).orphans).toHaveLength(5);
  expect((await findCloudflareOrphans(account(2), KnownResources.parse(empty), sites)).orphans).toHaveLength(5);
});

test("what a token may not read is named", async () => {
  const { orphans, unread } = await findCloudflareOrphans(account(50), KnownResources.parse(empty), [
    { hostname, zoneId: "0".repeat(32) },
  ]);
  expect(orphans).toEqual([]);
  expect(unread).toContain(`GET /zones/${"0".repeat(32)}/dns_records is not allowed, or not offered`);
});

test("host names and their zones are read from the synthesized stack", () => {
  expect(siteHostnames(synthesizeSite().text)).toEqual([{ hostname, zoneId }]);
});
