import { startCloudflare, zonePath, type CloudflareUnderTest } from "../cloudflare-under-test";

const csr = "-----BEGIN CERTIFICATE REQUEST-----\nMIH=\n-----END CERTIFICATE REQUEST-----\n";
const record = { type: "A", name: "www", content: "198.51.100.10", proxied: true, ttl: 1 };

let cloud: CloudflareUnderTest;
beforeEach(async () => {
  cloud = await startCloudflare();
});
afterEach(() => cloud.api.close());

const post = (path: string, body: unknown) => cloud.call("POST", path, body);
const codeOf = async (path: string, body: unknown): Promise<unknown> => {
  const { status, body: answer } = await post(path, body);
  return [status, answer.errors[0]?.code];
};

describe("a DNS record", () => {
  const path = `${zonePath}/dns_records`;

  test("gets its full name, and an automatic TTL while it is proxied", async () => {
    const { body } = await post(path, { ...record, ttl: 300 });
    expect(body.result).toMatchObject({ name: "www.example.com", ttl: 1, proxied: true });
    expect((await post(path, { ...record, name: "@" })).body.result.name).toBe("example.com");
    expect(
      (await post(path, { ...record, name: "app.example.com", proxied: false, ttl: 300 })).body.result,
    ).toMatchObject({
      name: "app.example.com",
      ttl: 300,
    });
  });

  test("keeps its id and creation time when it is replaced, name included", async () => {
    const { id, created_on: created } = (await post(path, record)).body.result;
    const { body } = await cloud.call("PUT", `${path}/${id}`, { ...record, name: "app" });
    expect(body.result).toMatchObject({ id, created_on: created, name: "app.example.com" });
  });

  test.each([
    ["the same exists", record, 81058],
    ["it is an alias beside an address", { ...record, type: "CNAME", content: "else.test" }, 81057],
    ["its content is no address", { ...record, name: "a", content: "here" }, 9005],
    ["its content is no IPv6 address", { ...record, name: "a", type: "AAAA" }, 9006],
    ["its type cannot be proxied", { ...record, name: "a", type: "TXT" }, 9004],
    ["its TTL is out of range", { ...record, name: "a", ttl: 5, proxied: false }, 9021],
    ["its name is none", { ...record, name: "a..b" }, 9000],
    ["it has no name", { ...record, name: "" }, 9000],
    ["its type is unknown", { ...record, name: "a", type: "SPF" }, 1004],
  ])("fails when %s", async (_what, order, code) => {
    await post(path, record);
    expect(await codeOf(path, order)).toEqual([400, code]);
    expect(cloud.api.inventory()["dnsRecords"]).toBe(1);
  });
});

describe("an Origin CA certificate", () => {
  const path = "/client/v4/certificates";
  const order = {
    csr,
    hostnames: ["example.com", "*.example.com"],
    request_type: "origin-ecc",
    requested_validity: 365,
  };

  test("is signed by the platform and keeps the order of its names", async () => {
    const { body } = await post(path, order);
    expect(cloud.platform.callsOf("edge.signOriginCertificate")[0]?.args).toEqual([csr, order.hostnames, 365]);
    const { result } = (await cloud.call("GET", `${path}/${body.result.id}`)).body;
    expect(result).toMatchObject({ hostnames: order.hostnames, expires_on: "2027-01-15 09:00:00 +0000 UTC" });
    expect((await cloud.call("DELETE", `${path}/${result.id}`)).body.result.revoked_at).toBeDefined();
    expect((await cloud.call("GET", `${path}/${result.id}`)).status).toBe(404);
  });

  test.each([
    ["a name is in no zone of the account", { hostnames: ["example.net"] }, 1010],
    ["it has no names", { hostnames: [] }, 1003],
    ["its request is none", { csr: "x" }, 1002],
    ["its validity is not offered", { requested_validity: 100 }, 1013],
  ])("fails when %s", async (_what, fields, code) => {
    expect(await codeOf(path, { ...order, ...fields })).toEqual([400, code]);
  });

  test("fails with 500 when the authority refuses to sign, and none is kept", async () => {
    cloud.platform.onCall("edge.signOriginCertificate", async () => {
      throw new Error("openssl says no");
    });
    expect(await codeOf(path, order)).toEqual([500, 1000]);
    expect(cloud.api.inventory()["originCertificates"]).toBe(0);
  });
});

describe("a ruleset", () => {
  const path = `${zonePath}/rulesets`;
  const rule = { action: "set_cache_settings", expression: "true", ref: "static", description: "" };
  const order = { kind: "zone", name: "cache", phase: "http_request_cache_settings", description: "", rules: [rule] };

  test("keeps the id of a rule with the same ref, and counts versions", async () => {
    const { result: before } = (await post(path, order)).body;
    const changed = {
      ...order,
      rules: [
        { ...rule, ref: "new" },
        { ...rule, expression: "false" },
      ],
    };
    const { result: after } = (await cloud.call("PUT", `${path}/${before.id}`, changed)).body;
    expect(after.rules[1].id).toBe(before.rules[0].id);
    expect(after.rules[0].id).not.toBe(before.rules[0].id);
    expect([before.version, after.version]).toEqual(["1", "2"]);
    expect([after.rules[0].version, after.rules[1].version]).toEqual(["1", "2"]);
  });

  test("fails when the phase has one already, or a rule has no action", async () => {
    await post(path, order);
    expect(await codeOf(path, order)).toEqual([400, 20217]);
    expect(await codeOf(path, { ...order, phase: "other", rules: [{ expression: "true" }] })).toEqual([400, 1004]);
  });
});

test("fails with 400 for a setting's value that is not allowed, and 404 for a setting that is unknown", async () => {
  const patch = (name: string, value: unknown) => cloud.call("PATCH", `${zonePath}/settings/${name}`, { value });
  expect((await patch("ssl", "Strict")).body.errors[0].code).toBe(1007);
  expect((await patch("min_tls_version", 1.2)).status).toBe(400);
  expect((await patch("constructor", "on")).status).toBe(404);
});

test("lists are paged with result_info", async () => {
  for (const name of ["a", "b", "c"]) await post(`${zonePath}/dns_records`, { ...record, name });
  const { body } = await cloud.call("GET", `${zonePath}/dns_records?per_page=2&page=2`);
  expect(body.result.map(({ name }: any) => name)).toEqual(["c.example.com"]);
  expect(body.result_info).toEqual({ page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 });
});

test("a burst is answered 429 with retry-after", async () => {
  const limited = await startCloudflare({ rateLimit: [{ requests: 1, seconds: 300 }] });
  try {
    await limited.call("GET", `${zonePath}/dns_records`);
    const refused = await limited.call("GET", `${zonePath}/dns_records`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "300"]);
  } finally {
    await limited.api.close();
  }
});
