import { startCloudflare, zoneId, zonePath, type CloudflareUnderTest } from "../cloudflare-under-test";
import { settle } from "../fake-clock";
import { readTranscript } from "../replay";

const record = { type: "A", name: "www", content: "198.51.100.10", proxied: true };
const uploaded = readTranscript("cloudflare_authenticated_origin_pulls_certificate")[0]?.request_body as {
  certificate: string;
};

let cloud: CloudflareUnderTest;
beforeEach(async () => {
  cloud = await startCloudflare();
});
afterEach(() => cloud.api.close());

async function call(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await cloud.call(method, `${zonePath}${path}`, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  await settle();
  return answer.body?.result;
}

const hostnames = () => cloud.platform.callsOf("edge.setHostnames").at(-1)?.args[0];
const records = () => cloud.platform.callsOf("edge.setRecords").at(-1)?.args[0];

test("the edge serves proxied names as the zone's settings say", async () => {
  await call("POST", "/dns_records", record);
  const before = { hostname: "www.example.com", origins: ["198.51.100.10"], clientCertificate: undefined };
  const initial = { ssl: "full", minimumTls: "1.0", alwaysUseHttps: false, originHttp: "2" };
  expect(hostnames()).toEqual([{ ...before, ...initial }]);
  await call("PATCH", "/settings/ssl", { value: "strict" });
  await call("PATCH", "/settings/min_tls_version", { value: "1.2" });
  await call("PATCH", "/settings/always_use_https", { value: true });
  await call("PATCH", "/settings/origin_max_http_version", { value: "1" });
  const changed = { ssl: "strict", minimumTls: "1.2", alwaysUseHttps: true, originHttp: "1.1" };
  expect(hostnames()).toEqual([{ ...before, ...changed }]);
});

test("the edge presents the zone's newest client certificate while origin pulls are enabled", async () => {
  await call("POST", "/dns_records", record);
  const pair = { certificate: uploaded.certificate, private_key: "key" };
  const { id } = await call("POST", "/origin_tls_client_auth", pair);
  expect(hostnames()).toMatchObject([{ clientCertificate: undefined }]);
  await call("PUT", "/origin_tls_client_auth/settings", { enabled: true });
  const shown = { certificate: uploaded.certificate, privateKey: "key" };
  expect(hostnames()).toMatchObject([{ clientCertificate: shown }]);
  await call("POST", "/origin_tls_client_auth", { ...pair, private_key: "new" });
  expect(hostnames()).toMatchObject([{ clientCertificate: { ...shown, privateKey: "new" } }]);
  await call("DELETE", `/origin_tls_client_auth/${id}`);
  await call("PUT", "/origin_tls_client_auth/settings", { enabled: false });
  expect(hostnames()).toMatchObject([{ clientCertificate: undefined }]);
});

test("private keys are not shown again", async () => {
  const { id } = await call("POST", "/origin_tls_client_auth", { ...uploaded, private_key: "secret" });
  expect(JSON.stringify(await call("GET", `/origin_tls_client_auth/${id}`))).not.toContain("secret");
});

test("several addresses of a name are its origins, and an alias has those of its target", async () => {
  await call("POST", "/dns_records", record);
  await call("POST", "/dns_records", { ...record, content: "198.51.100.11" });
  await call("POST", "/dns_records", { type: "CNAME", name: "app", content: "www.example.com", proxied: true });
  expect(hostnames()).toMatchObject([
    { hostname: "www.example.com", origins: ["198.51.100.10", "198.51.100.11"] },
    { hostname: "app.example.com", origins: ["198.51.100.10", "198.51.100.11"] },
  ]);
});

test("records that are not proxied are public, and change sides when they become so", async () => {
  const { id } = await call("POST", "/dns_records", record);
  await call("POST", "/dns_records", { type: "TXT", name: "@", content: "hello" });
  expect(records()).toEqual([{ name: "example.com", type: "TXT", content: "hello" }]);
  await call("PATCH", `/dns_records/${id}`, { proxied: false });
  expect(hostnames()).toEqual([]);
  expect(records()).toHaveLength(2);
  await call("DELETE", `/dns_records/${id}`);
  expect(records()).toHaveLength(1);
});

test("the edge is only told about changes, and is tried again with the next after a refusal", async () => {
  await call("POST", "/dns_records", record);
  await call("PATCH", "/settings/http3", { value: "off" });
  expect(cloud.platform.callsOf("edge.setHostnames")).toHaveLength(1);
  cloud.platform.onCall("edge.setHostnames", async () => {
    throw new Error("nginx says no");
  });
  await call("PATCH", "/settings/ssl", { value: "strict" });
  cloud.platform.onCall("edge.setHostnames", async () => undefined);
  await call("PATCH", "/settings/http3", { value: "on" });
  expect(hostnames()).toMatchObject([{ ssl: "strict" }]);
  expect(cloud.platform.callsOf("edge.setHostnames")).toHaveLength(3);
});

test("a zone can be declared later, and declaring it again changes nothing", async () => {
  const later = { id: "f".repeat(32), name: "example.net" };
  expect((await cloud.call("GET", `/client/v4/zones/${later.id}`)).body.errors[0].code).toBe(7003);
  cloud.api.declareZone(later);
  cloud.api.declareZone({ ...later, name: "example.org" });
  expect((await cloud.call("GET", `/client/v4/zones/${later.id}`)).body.result.name).toBe("example.net");
  expect((await cloud.call("GET", "/client/v4/zones?name=example.com")).body.result).toMatchObject([{ id: zoneId }]);
});

test("zones and records are filtered by what is asked for, and a filter that is unknown here is refused", async () => {
  const zones = async (query: string) => (await cloud.call("GET", `/client/v4/zones?${query}`)).body.result.length;
  const { account } = (await cloud.call("GET", `/client/v4/zones/${zoneId}`)).body.result;
  expect([await zones("status=active"), await zones("status=pending")]).toEqual([1, 0]);
  expect([await zones(`account.id=${account.id}`), await zones("account.id=other")]).toEqual([1, 0]);
  const path = `/client/v4/zones/${zoneId}/dns_records`;
  for (const [name, proxied] of [
    ["a", true],
    ["b", false],
  ] as const)
    await cloud.call("POST", path, { type: "A", name, content: "198.51.100.10", ttl: 1, proxied });
  const records = async (query: string) =>
    (await cloud.call("GET", `${path}?${query}`)).body.result.map(({ name }: any) => name);
  expect([await records("proxied=true"), await records("content.exact=192.0.2.9")]).toEqual([["a.example.com"], []]);
  const { status, body } = await cloud.call("GET", `${path}?comment.present=true`);
  expect([status, body.errors[0].message]).toEqual([
    501,
    expect.stringContaining("filter comment.present is not emulated"),
  ]);
});
