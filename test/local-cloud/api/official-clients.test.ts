import Cloudflare from "cloudflare";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fullToken as cloudflareToken, startCloudflare, zoneId } from "./cloudflare-under-test";
import { fullToken, startDigitalOcean } from "./digital-ocean-under-test";

const csr = "-----BEGIN CERTIFICATE REQUEST-----\nMIH=\n-----END CERTIFICATE REQUEST-----\n";

test("DigitalOcean's own client makes, reads and understands droplets, firewalls, reserved IPs and databases", async () => {
  const { url, api } = await startDigitalOcean();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, "digitalocean-client.mjs"), url], {
      env: { PATH: process.env["PATH"], DIGITALOCEAN_TOKEN: fullToken },
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toEqual({
      account: "active",
      created: "new",
      droplet: { name: "web-1", status: "active", tags: ["web"], inVpc: true },
      networks: [
        { type: "private", gateway: "10.20.0.1" },
        { type: "public", gateway: "203.0.113.1" },
      ],
      tagged: ["web-1"],
      firewall: { ports: "80", sources: ["web"] },
      assignment: ["in-progress", "completed", true],
      database: { created: "creating", status: "online", port: 25060 },
      refused: { status: 404, id: "not_found" },
    });
  } finally {
    await api.close();
  }
}, 60_000);

test("Cloudflare's own client makes, reads and understands records, settings, certificates and rulesets", async () => {
  const { url, api } = await startCloudflare();
  const client = new Cloudflare({ apiToken: cloudflareToken, baseURL: `${url}/client/v4` });
  try {
    const zones = await client.zones.list({ name: "example.com" });
    expect(zones.result.map(({ id, name }) => ({ id, name }))).toEqual([{ id: zoneId, name: "example.com" }]);

    const order = { zone_id: zoneId, name: "www", type: "A", content: "198.51.100.10", ttl: 1, proxied: true } as const;
    const record = await client.dns.records.create(order);
    expect(record).toMatchObject({ name: "www.example.com", proxied: true, ttl: 1 });
    const changed = await client.dns.records.edit(record.id, { ...order, content: "198.51.100.11" });
    expect(changed.content).toBe("198.51.100.11");
    const names = [];
    for await (const { name } of client.dns.records.list({ zone_id: zoneId })) names.push(name);
    expect(names).toEqual(["www.example.com"]);

    const setting = await client.zones.settings.edit("ssl", { zone_id: zoneId, value: "strict" });
    expect(setting).toMatchObject({ id: "ssl", value: "strict" });

    const certificate = await client.originCACertificates.create({
      csr,
      hostnames: ["example.com", "*.example.com"],
      request_type: "origin-ecc",
      requested_validity: 5475,
    });
    expect(certificate.certificate).toContain("BEGIN CERTIFICATE");
    expect(await client.originCACertificates.get(certificate.id ?? "")).toMatchObject({ request_type: "origin-ecc" });

    const pulls = await client.originTLSClientAuth.settings.update({ zone_id: zoneId, enabled: true });
    expect(pulls).toEqual({ enabled: true });

    const rule = { action: "set_cache_settings", expression: "true", ref: "all" } as const;
    const ruleset = await client.rulesets.create({
      zone_id: zoneId,
      kind: "zone",
      name: "cache",
      phase: "http_request_cache_settings",
      rules: [rule],
    });
    expect(ruleset).toMatchObject({ rules: [{ ref: "all", enabled: true }] });
    expect((await client.ips.list()) as object).toMatchObject({ ipv4_cidrs: ["198.51.100.192/26"] });

    const missing = client.dns.records.get("0".repeat(32), { zone_id: zoneId });
    await expect(missing).rejects.toMatchObject({ status: 404, errors: [{ code: 81044 }] });
  } finally {
    await api.close();
  }
});
