import { Tokens } from "../../../local-cloud/api/tokens";
import { startCloudflare, zonePath } from "./cloudflare-under-test";
import { makeDroplet, startDigitalOcean } from "./digital-ocean-under-test";

const failoverScopes = [
  ...["reserved_ip:update", "reserved_ip:read", "droplet:read"],
  ...["regions:read", "sizes:read", "actions:read", "image:read"],
];

test("a token is found by its bearer header and by nothing else", () => {
  const tokens = new Tokens([{ token: "secret", scopes: ["tag:read"] }], () => []);
  expect(tokens.tryFind("Bearer secret")?.may("tag:read")).toBe(true);
  expect(tokens.tryFind("bearer secret")?.may("tag:create")).toBe(false);
  for (const header of [undefined, "", "Bearer ", "Basic secret", "Bearer secret2", "Bearer secre"]) {
    expect(tokens.tryFind(header)).toBeUndefined();
  }
});

test("fails to accept an empty token", () => {
  expect(() => new Tokens([{ token: "", scopes: "full" }], () => [])).toThrow("token: must not be empty");
});

describe("DigitalOcean's tokens", () => {
  test("fail with 401 when they are unknown and with 403 when a scope is missing", async () => {
    const cloud = await startDigitalOcean({ tokens: [{ token: "discovery", scopes: ["droplet:read", "tag:read"] }] });
    try {
      const unknown = await cloud.as("guessed").call("GET", "/v2/droplets");
      expect([unknown.status, unknown.body.id]).toEqual([401, "unauthorized"]);
      const discovery = cloud.as("discovery");
      expect((await discovery.call("GET", "/v2/droplets?tag_name=web")).status).toBe(200);
      const refused = await discovery.call("POST", "/v2/tags", { name: "web" });
      expect([refused.status, refused.body.id]).toEqual([403, "forbidden"]);
    } finally {
      await cloud.api.close();
    }
  });

  test("need tag:read besides droplet:read to ask for the droplets of a tag", async () => {
    const cloud = await startDigitalOcean({ tokens: [{ token: "narrow", scopes: ["droplet:read"] }] });
    try {
      expect((await cloud.as("narrow").call("GET", "/v2/droplets?name=web-1")).status).toBe(200);
      expect((await cloud.as("narrow").call("GET", "/v2/droplets?tag_name=web")).status).toBe(403);
    } finally {
      await cloud.api.close();
    }
  });

  test("of a load balancer can move a reserved IP and see who holds it, and nothing else", async () => {
    const cloud = await startDigitalOcean({ tokens: [{ token: "failover", scopes: failoverScopes }] });
    const loadBalancer = cloud.as("failover");
    try {
      const droplet = await makeDroplet(cloud);
      const { ip } = (await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).body.reserved_ip;
      const order = { type: "assign", droplet_id: droplet["id"] };
      const { status, body } = await loadBalancer.call("POST", `/v2/reserved_ips/${ip}/actions`, order);
      expect(status).toBe(201);
      expect((await loadBalancer.call("GET", `/v2/reserved_ips/${ip}/actions/${body.action.id}`)).status).toBe(200);
      const seen = await loadBalancer.call("GET", `/v2/reserved_ips/${ip}`);
      expect(seen.body.reserved_ip.droplet.id).toBe(droplet["id"]);
      expect((await loadBalancer.call("DELETE", `/v2/reserved_ips/${ip}`)).status).toBe(403);
      expect(
        (await loadBalancer.call("POST", `/v2/droplets/${droplet["id"]}/actions`, { type: "reboot" })).status,
      ).toBe(403);
    } finally {
      await cloud.api.close();
    }
  });

  test("fail to be accepted with scopes that the vendor would not have given them", async () => {
    const starting = startDigitalOcean({ tokens: [{ token: "t", scopes: ["reserved_ip:update", "droplets:read"] }] });
    await expect(starting).rejects.toThrow(
      "token scopes: droplets:read is not a scope of DigitalOcean's; reserved_ip:update also needs " +
        "reserved_ip:read, droplet:read, regions:read, sizes:read, actions:read, image:read",
    );
  });

  test("see no droplet inside a reserved IP without droplet:read", async () => {
    const cloud = await startDigitalOcean({ tokens: [{ token: "narrow", scopes: ["reserved_ip:read"] }] });
    try {
      const droplet = await makeDroplet(cloud);
      const { ip } = (await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).body.reserved_ip;
      await cloud.call("POST", `/v2/reserved_ips/${ip}/actions`, { type: "assign", droplet_id: droplet["id"] });
      expect((await cloud.as("narrow").call("GET", `/v2/reserved_ips/${ip}`)).body.reserved_ip.droplet).toBeNull();
    } finally {
      await cloud.api.close();
    }
  });

  test("can be revoked while the API runs, and the others stay what they are", async () => {
    const tokens = ["first", "second"].map((token) => ({ token, scopes: ["tag:read"] }));
    const cloud = await startDigitalOcean({ tokens });
    try {
      cloud.api.revoke("first");
      expect((await cloud.as("first").call("GET", "/v2/tags")).status).toBe(401);
      expect((await cloud.as("second").call("GET", "/v2/tags")).status).toBe(200);
    } finally {
      await cloud.api.close();
    }
  });

  test("can be added while the API runs", async () => {
    const cloud = await startDigitalOcean();
    try {
      cloud.api.grant({ token: "late", scopes: ["tag:read"] });
      expect((await cloud.as("late").call("GET", "/v2/tags")).status).toBe(200);
    } finally {
      await cloud.api.close();
    }
  });
});

describe("Cloudflare's tokens", () => {
  test("fail when they are missing, unknown, or lack the permission; editing includes reading", async () => {
    const cloud = await startCloudflare({ tokens: [{ token: "dns", scopes: ["dns:edit"] }] });
    const status = async (token: string | undefined, path: string): Promise<unknown> => {
      const { status, body } = await cloud.as(token).call("GET", path);
      return [status, body.errors[0]?.code];
    };
    try {
      expect(await status(undefined, `${zonePath}/dns_records`)).toEqual([400, 9106]);
      expect(await status("guessed", `${zonePath}/dns_records`)).toEqual([401, 1000]);
      expect(await status("dns", `${zonePath}/settings/ssl`)).toEqual([403, 10000]);
      expect(await status("dns", `${zonePath}/dns_records`)).toEqual([200, undefined]);
      expect(await status(undefined, "/client/v4/ips")).toEqual([200, undefined]);
    } finally {
      await cloud.api.close();
    }
  });

  test("fail to be accepted with scopes that no route asks for", async () => {
    await expect(startCloudflare({ tokens: [{ token: "t", scopes: ["dns:write"] }] })).rejects.toThrow(
      "dns:write is not among zone:read, dns:read",
    );
  });
});
