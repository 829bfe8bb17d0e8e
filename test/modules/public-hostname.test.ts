import { synthesizeSite, zoneId } from "./synthesized";

const tf = synthesizeSite();

test("the name stands for the reserved IP, behind Cloudflare's proxy", () => {
  expect(tf.resources("cloudflare_dns_record")).toEqual({
    site_hostname: {
      zone_id: zoneId,
      name: "www.example.com",
      type: "A",
      content: "${digitalocean_reserved_ip.site_address.ip_address}",
      proxied: true,
      ttl: 1,
    },
  });
});

test("the zone trusts the right certificate only, speaks TLS 1.2 or later, and redirects to HTTPS", () => {
  const settings = Object.values(tf.resources("cloudflare_zone_setting"));
  expect(new Set(settings.map(({ zone_id: zone, setting_id: id, value }) => [zone, id, value].join(" ")))).toEqual(
    new Set([`${zoneId} ssl strict`, `${zoneId} min_tls_version 1.2`, `${zoneId} always_use_https on`]),
  );
});

test("the load balancers' certificate comes from Cloudflare's Origin CA for a key of ours", () => {
  expect(tf.resource("cloudflare_origin_ca_certificate.site_hostname_origin_certificate")).toEqual({
    csr: "${tls_cert_request.site_hostname_origin_request.cert_request_pem}",
    hostnames: ["www.example.com"],
    request_type: "origin-ecc",
    requested_validity: 5475,
  });
  expect(tf.resource("tls_cert_request.site_hostname_origin_request").private_key_pem).toBe(
    "${tls_private_key.site_hostname_origin_key.private_key_pem}",
  );
});

test("Cloudflare shows a client certificate of this zone, signed by an authority of our own", () => {
  expect(tf.resource("cloudflare_authenticated_origin_pulls_certificate.site_hostname_client_certificate")).toEqual({
    zone_id: zoneId,
    certificate: "${tls_locally_signed_cert.site_hostname_client_signed.cert_pem}",
    private_key: "${tls_private_key.site_hostname_client_key.private_key_pem}",
    lifecycle: { create_before_destroy: true },
  });
  expect(tf.resource("tls_locally_signed_cert.site_hostname_client_signed")).toMatchObject({
    ca_cert_pem: "${tls_self_signed_cert.site_hostname_client_authority.cert_pem}",
    allowed_uses: expect.arrayContaining(["client_auth"]),
  });
  expect(tf.resource("tls_self_signed_cert.site_hostname_client_authority")).toMatchObject({
    is_ca_certificate: true,
    allowed_uses: ["cert_signing", "crl_signing"],
  });
});

test("load balancers trust both authorities, whichever signs, so that the certificate may change at any time", () => {
  const second = synthesizeSite({ zone: { id: zoneId, clientAuthority: "second" } });
  const authorities = ["authority", "second-authority"].map(
    (name) => `tls_self_signed_cert.site_hostname_client_${name}`,
  );
  for (const site of [tf, second])
    expect([...site.prerequisites("digitalocean_droplet.site_load-balancer_1")]).toEqual(
      expect.arrayContaining(authorities),
    );
  expect(second.resource("tls_locally_signed_cert.site_hostname_client_signed")).toMatchObject({
    ca_private_key_pem: "${tls_private_key.site_hostname_client_second-authority-key.private_key_pem}",
    ca_cert_pem: "${tls_self_signed_cert.site_hostname_client_second-authority.cert_pem}",
  });
  expect(second.section("locals")).toEqual(tf.section("locals"));
});

test("the authority that signs cannot be replaced, the other one can", () => {
  const isProtected = (clientAuthority: "first" | "second") =>
    ["authority-key", "second-authority-key"].map(
      (key) =>
        synthesizeSite({ zone: { id: zoneId, clientAuthority } }).resource(
          `tls_private_key.site_hostname_client_${key}`,
        ).lifecycle?.prevent_destroy,
    );
  expect(isProtected("first")).toEqual([true, undefined]);
  expect(isProtected("second")).toEqual([undefined, true]);
});

test("client certificates are asked for only when Cloudflare has one to show", () => {
  expect(tf.resource("cloudflare_authenticated_origin_pulls_settings.site_hostname_client_enabled")).toEqual({
    zone_id: zoneId,
    enabled: true,
    depends_on: ["cloudflare_authenticated_origin_pulls_certificate.site_hostname_client_certificate"],
  });
});

test("a new client certificate replaces no load balancer", () => {
  const before = tf.prerequisites("digitalocean_droplet.site_load-balancer_1");
  expect(before).toContain("tls_self_signed_cert.site_hostname_client_authority");
  expect(before).not.toContain("tls_locally_signed_cert.site_hostname_client_signed");
});

test("a host name in capitals is stored as Cloudflare would", () => {
  const tf = synthesizeSite({ hostname: "WWW.Example.com" });
  expect(tf.resource("cloudflare_dns_record.site_hostname").name).toBe("www.example.com");
});

describe("the cache of the edge", () => {
  const caching = ["cloudflare_ruleset", "cloudflare_tiered_cache", "cloudflare_argo_tiered_caching"];

  test("is left as it is", () => {
    expect(caching.flatMap((type) => Object.keys(tf.resources(type)))).toEqual([]);
  });

  test("keeps pages of visitors without a cookie, under the names that are in the zone and written out", () => {
    const site = synthesizeSite({
      zone: { id: zoneId, cachePages: true },
      otherHostnames: [
        { hostname: "example.com" },
        { hostname: "*.example.com" },
        { hostname: "example.net", zone: { id: "a".repeat(32) } },
      ],
    });
    const [rules, ...more] = Object.values(site.resources("cloudflare_ruleset"));
    expect(more).toEqual([]);
    expect(rules).toMatchObject({
      zone_id: zoneId,
      kind: "zone",
      phase: "http_request_cache_settings",
      rules: [
        {
          expression: '(http.host in {"www.example.com" "example.com"} and http.cookie eq "")',
          action: "set_cache_settings",
          action_parameters: { cache: true, edge_ttl: { mode: "bypass_by_default" } },
        },
      ],
    });
  });

  test("asks the origin through a location near it", () => {
    const site = synthesizeSite({ zone: { id: zoneId, smartTieredCache: true } });
    const [tiered] = Object.entries(site.resources("cloudflare_argo_tiered_caching"));
    const [smart] = Object.values(site.resources("cloudflare_tiered_cache"));
    expect(tiered?.[1]).toMatchObject({ zone_id: zoneId, value: "on" });
    // Alone, the topology would have no effect.
    expect(smart).toMatchObject({
      zone_id: zoneId,
      value: "on",
      depends_on: [`cloudflare_argo_tiered_caching.${tiered?.[0]}`],
    });
  });
});
