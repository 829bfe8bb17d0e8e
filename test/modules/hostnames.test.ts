import { App, Testing } from "cdktf";
import os from "node:os";
import { SettingsError } from "../../cloud-init/problems";
import { type OtherHostname, Stack, type WebInfrastructureProps } from "../../modules";
import { createSite, synthesize, synthesizeSite, zoneId } from "./synthesized";

const otherZone = { id: "023e105f4ecef8ad9ca31a8372d0c399" };

const site = synthesizeSite({
  otherHostnames: [
    { hostname: "Example.com", redirects: true },
    { hostname: "*.example.com" },
    { hostname: "münchen.example", zone: otherZone, redirects: true },
    { hostname: "www.münchen.example", zone: otherZone },
  ],
});

test("every name has a record that stands for the reserved IP, in its own zone, in DNS' own form", () => {
  const records = Object.values(site.resources("cloudflare_dns_record"));
  expect(new Set(records.map(({ name, zone_id: zone, content, proxied }) => [name, zone, content, proxied]))).toEqual(
    new Set(
      [
        ["www.example.com", zoneId],
        ["example.com", zoneId],
        ["*.example.com", zoneId],
        ["xn--mnchen-3ya.example", otherZone.id],
        ["www.xn--mnchen-3ya.example", otherZone.id],
      ].map((place) => [...place, "${digitalocean_reserved_ip.site_address.ip_address}", true]),
    ),
  );
});

test("one origin certificate is for all of them", () =>
  expect(site.resource("cloudflare_origin_ca_certificate.site_hostname_origin_certificate").hostnames).toEqual([
    ...["www.example.com", "example.com", "*.example.com", "xn--mnchen-3ya.example", "www.xn--mnchen-3ya.example"],
  ]));

test("another zone gets settings and client certificate once, before the names in it have records", () => {
  const before = site.prerequisites("cloudflare_dns_record.site_hostname_other_wwwxn--mnchen-3yaexample");
  const own = [...before].filter((address) => site.resource(address).zone_id === otherZone.id);
  expect(own.map((address) => address.split(".")[0]).sort()).toEqual([
    "cloudflare_authenticated_origin_pulls_certificate",
    "cloudflare_authenticated_origin_pulls_settings",
    ...Array<string>(3).fill("cloudflare_zone_setting"),
  ]);
  const shown = Object.values(site.resources("cloudflare_authenticated_origin_pulls_certificate"));
  expect(shown.map(({ zone_id: zone }) => zone)).toEqual([zoneId, otherZone.id]);
  expect(new Set(shown.map(({ certificate }) => certificate)).size).toBe(1);
});

const refusal = (otherHostnames: unknown, props: Partial<WebInfrastructureProps> = {}) => {
  try {
    synthesizeSite({ otherHostnames: otherHostnames as OtherHostname[], ...props });
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split("\n");
    throw error;
  }
  return [];
};

test.each<[unknown, string]>([
  ["example.com", "otherHostnames: must be a list, got a text, put it into [ ]"],
  [["example.com"], "otherHostnames[0]: must be an object with settings, got a text"],
  [[{}], "otherHostnames[0].hostname: is missing"],
  [
    [{ hostname: "a.*.example.com" }],
    'otherHostnames[0].hostname: must be a fully qualified host name such as www.example.com, got "a.*.example.com"',
  ],
  [[{ hostname: "WWW.example.com" }], 'otherHostnames[0].hostname: must be there once, got "www.example.com" again'],
  [
    [{ hostname: "a.example.com" }, { hostname: "a.example.com" }],
    'otherHostnames[1].hostname: must be there once, got "a.example.com" again',
  ],
  [[{ hostname: "a.example.com", redirects: "yes" }], 'otherHostnames[0].redirects: must be true or false, got "yes"'],
  [
    [{ hostname: "a.example.com", zone: { id: zoneId } }],
    "otherHostnames[0].zone: is the site's own zone, leave it out",
  ],
  [
    [
      { hostname: "a.example.net", zone: otherZone },
      { hostname: "b.example.net", zone: { ...otherZone, minimumTlsVersion: "1.3" } },
    ],
    `otherHostnames[1].zone.minimumTlsVersion: must be what the first name of zone "${otherZone.id}" has, got another value`,
  ],
  [
    Array.from({ length: 100 }, (_, i) => ({ hostname: `a${i}.example.com` })),
    'otherHostnames: must be at most 99, got 100, use a wildcard such as "*.example.com"',
  ],
])("fails with %j", (otherHostnames, message) => expect(refusal(otherHostnames)).toEqual([message]));

describe("two sites in one zone", () => {
  const staging = { hostname: "staging.example.com", network: { ipRange: "10.113.0.0/20" } };

  test("are refused while both would put a client certificate there: one of them would be down", () =>
    expect(() =>
      synthesize((stack) => {
        createSite(stack, "site");
        createSite(stack, "staging", staging);
      }),
    ).toThrow(
      `zone.id: "${zoneId}" is the zone of web/site/hostname already, and Cloudflare shows one client certificate for a whole zone: set zone.clientAuthorities to the publicHostname.clientAuthorities of that site`,
    ));

  test("work when the second one trusts what Cloudflare shows for the first", () => {
    const both = synthesize((stack) => {
      const { clientAuthorities } = createSite(stack, "site").publicHostname;
      createSite(stack, "staging", { ...staging, zone: { id: zoneId, manageSettings: false, clientAuthorities } });
    });
    for (const type of ["authenticated_origin_pulls_certificate", "authenticated_origin_pulls_settings"])
      expect(Object.keys(both.resources(`cloudflare_${type}`))).toHaveLength(1);
    for (const name of ["site", "staging"])
      expect(both.prerequisites(`digitalocean_droplet.${name}_load-balancer_1`)).toContain(
        "tls_self_signed_cert.site_hostname_client_authority",
      );
  });
});

describe("a warning, when Cloudflare's free certificate does not cover a name", () => {
  const warnings = (props: Partial<WebInfrastructureProps>) => {
    const stack = new Stack(new App({ outdir: os.tmpdir() }), "web");
    createSite(stack, "site", props);
    Testing.synth(stack);
    return stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === "@cdktf/warn")
      .map(({ data }) => data as string);
  };

  test.each<[string, string | undefined, boolean]>([
    ["www.example.com", undefined, false],
    ["example.com", "example.com", false],
    ["app.staging.example.com", undefined, true],
    ["app.staging.example.com", "staging.example.com", false],
    ["app.staging.example.com", "example.com", true],
    ["www.example.co.uk", undefined, false],
    ["a.www.example.co.uk", undefined, true],
  ])("%s in the zone %s: %s", (hostname, name, warned) => {
    const said = warnings({ hostname, name: "shop", zone: { id: zoneId, name } });
    expect(said).toEqual(warned ? [expect.stringContaining(`${hostname} is 2 levels below `)] : []);
  });

  test("and none for names that are covered", () =>
    expect(warnings({ otherHostnames: [{ hostname: "*.example.com" }, { hostname: "example.com" }] })).toEqual([]));
});
