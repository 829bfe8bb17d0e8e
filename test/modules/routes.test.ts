import { endpointUnits } from "../../cloud-init/app/endpoints";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { App } from "cdktf";
import { Stack, Tier, type TierProps, type WebInfrastructureProps } from "../../modules";
import { documentsOf } from "../cloud-init/parse-user-data";
import { createSite, synthesizeSite } from "./synthesized";

const container = { kind: "container", image: "ghcr.io/acme/api:1", healthPath: "/up", port: 3000 } as const;
const routes = [
  { path: "/api", tier: "api" },
  { hostname: "admin.example.com", tier: "admin" },
];
const site: Partial<WebInfrastructureProps> = {
  otherHostnames: [{ hostname: "admin.example.com" }],
  web: { routes },
};

const withTiers = (props: Partial<WebInfrastructureProps> = site, tier: Partial<TierProps> = {}) =>
  synthesizeSite(props, (created) => {
    new Tier(created, "api", { workload: container, ...tier });
    new Tier(created, "admin", { workload: { ...container, image: "ghcr.io/acme/admin:1" } });
  });

const tf = withTiers();
const without = withTiers({ otherHostnames: site.otherHostnames });
const tagOf = (tier: string) => `\${digitalocean_tag.site_tags_${tier}.name}`;

/** Files of a tier's nodes that are known now. */
function filesOf(from: typeof tf, tier: string): Record<string, string> {
  const [text] = documentsOf(from.section("locals")[`site_${tier}_user-data`]);
  const { write_files } = JSON.parse(text!.replace("#cloud-config\n", ""));
  return Object.fromEntries(write_files.map(({ path, content }: { path: string; content: string }) => [path, content]));
}

test("web nodes reach the application and the agent of a tier with a route, and nobody else does", () => {
  const inbound = tf.resource("digitalocean_firewall.site_firewalls_api").inbound_rule;
  const readiness = { protocol: "tcp", port_range: "8500", source_tags: [tagOf("load-balancer")] };
  const fromWeb = ["8000", "8501"].map((port) => ({ protocol: "tcp", port_range: port, source_tags: [tagOf("web")] }));
  expect(inbound).toEqual([readiness, ...fromWeb]);
  expect(without.resource("digitalocean_firewall.site_firewalls_api").inbound_rule).toEqual([readiness]);
  const outbound = tf.resource("digitalocean_firewall.site_firewalls_web").outbound_rule;
  for (const port of ["8000", "8501"])
    expect(outbound.find((rule: any) => rule.port_range === port).destination_tags).toEqual(
      ["app", "api", "admin"].map(tagOf),
    );
  expect(tf.resource("digitalocean_firewall.site_firewalls_app")).toEqual(
    without.resource("digitalocean_firewall.site_firewalls_app"),
  );
});

test("a route changes what web nodes and the nodes of its tier are told, and nothing on other nodes", () => {
  const userData = (from: typeof tf, tier: string) => from.section("locals")[`site_${tier}_user-data`];
  const changed = ["load-balancer", "web", "app", "api", "admin"].filter(
    (tier) => userData(tf, tier) !== userData(without, tier),
  );
  expect(changed).toEqual(["web", "api", "admin"]);
  expect(filesOf(tf, "web")["/etc/nginx/routes.conf"]).toContain('"~^[^/]*/api(/|\\z)" api;\n');
});

test("a node of such a tier says of its application what an app node says, and drains like one", () => {
  const files = filesOf(tf, "api");
  expect(JSON.parse(files["/etc/infrastructure/status.json"]!)).toEqual({
    units: ["app-port.service", ...endpointUnits, "app.service", "watch-app.service"],
    check: "http://$PRIVATE_ADDRESS:3000/up",
    host: "www.example.com",
  });
  // Where its connections end, whatever the port that web nodes ask.
  expect(files["/etc/systemd/system/drain-node.service.d/limit.conf"]).toContain(
    "Environment=DRAIN_PORT=3000 DRAIN_LIMIT_SECONDS=105\n",
  );
  expect(files["/etc/infrastructure/app-port.nft"]).toContain("tcp dport 8000 tcp dport set 3000");
  expect(filesOf(without, "api")).not.toHaveProperty("/etc/infrastructure/app-port.nft");
});

test("its application is asked by the name that its visitors use", () => {
  const hostOf = (from: typeof tf, tier: string) =>
    JSON.parse(filesOf(from, tier)["/etc/infrastructure/status.json"]!).host;
  expect(hostOf(tf, "admin")).toBe("admin.example.com");
  const wildcard = withTiers({
    otherHostnames: [{ hostname: "*.example.com" }],
    web: { routes: [{ hostname: "*.example.com", tier: "admin" }] },
  });
  expect(hostOf(wildcard, "admin")).toBe("www.example.com");
});

test("web nodes wait for the nodes of such a tier, which wait for none of them", () => {
  const gates = ["admin", "api"].flatMap((tier) => [1, 2].map((node) => `terraform_data.site_${tier}_${node}_gate`));
  const { depends_on } = tf.resource("digitalocean_droplet.site_web_1");
  expect(depends_on.filter((one: string) => gates.includes(one)).sort()).toEqual(gates);
  expect([...tf.prerequisites("digitalocean_droplet.site_web_2")]).toEqual(expect.arrayContaining(gates));
  // Their gates ask through the load balancers: neither those nor the tier may wait for web nodes.
  const web = /^(digitalocean_droplet|terraform_data)\.site_web/;
  for (const tier of ["api", "load-balancer", "app"])
    expect([...tf.prerequisites(`terraform_data.site_${tier}_2_gate`)].filter((one) => web.test(one))).toEqual([]);
  expect(
    [...without.prerequisites("digitalocean_droplet.site_web_2")].filter((one) => /(api|admin).*_gate/.test(one)),
  ).toEqual([]);
});

test("with batches, every one of the first web nodes waits", () => {
  const batches = withTiers({ ...site, web: { routes, nodes: 4, batchSize: 2 } });
  for (const node of [1, 2, 3, 4])
    expect([...batches.prerequisites(`digitalocean_droplet.site_web_${node}`)]).toContain(
      "terraform_data.site_api_2_gate",
    );
});

test("alerts watch such a tier as any other, and no resource has another address", () => {
  expect(tf.addresses()).toEqual(without.addresses());
  expect(tf.addresses()).toContain("digitalocean_monitor_alert.site_monitoring_api_cpu");
});

test("what cloud-init sets up can answer as well, at a port of its own", () => {
  const workload = { kind: "user-data", text: "#!/bin/sh\n", units: ["grafana.service"], port: 80 } as const;
  const own = withTiers(site, { workload: { ...workload, healthPath: "/health" } });
  const files = filesOf(own, "api");
  expect(JSON.parse(files["/etc/infrastructure/status.json"]!)).toEqual({
    units: ["app-port.service", "grafana.service"],
    check: "http://$PRIVATE_ADDRESS:80/health",
    host: "www.example.com",
  });
  expect(files["/etc/infrastructure/app-port.nft"]).toContain("tcp dport 8000 tcp dport set 80");
  // It answers what is under way before it stops.
  expect(files["/etc/systemd/system/drain-node.service.d/units.conf"]).toContain("\nAfter=grafana.service\n");
  expect(() => withTiers(site, { workload })).toThrow(
    "workload.healthPath: is missing: a route is for this tier, whose nodes are asked how they are",
  );
  expect(() => withTiers(site, { workload: { ...workload, port: 8501 } })).toThrow(
    "workload.port: must be free on the node, got 8501, which is for the agent check of the node",
  );
});

test("fails on a container that cannot be asked how it is", () => {
  expect(() => withTiers(site, { workload: { ...container, healthPath: undefined } })).toThrow(
    "workload.healthPath: is missing: a route is for this tier",
  );
});

test("fails at synthesis on routes to tiers that are not there, each with its path", () => {
  const errors = (props: Partial<WebInfrastructureProps>): string[] => {
    const app = new App({ outdir: mkdtempSync(path.join(os.tmpdir(), "routes-")) });
    try {
      new Tier(createSite(new Stack(app, "web"), "site", props), "api", { workload: container });
      app.synth();
    } catch (error) {
      return (error as Error).message.match(/web\.routes.*/g) ?? [`${error}`];
    } finally {
      rmSync(app.outdir, { recursive: true });
    }
    return [];
  };
  const route = (tier: string) => ({ path: `/${tier}`, tier });
  expect(errors({ web: { routes: [route("api"), route("apii"), route("admin")] } })).toEqual([
    'web.routes[1].tier: must be one of app, api, got "apii", make it: new Tier(site, "apii", …)',
    'web.routes[2].tier: must be one of app, api, got "admin", make it: new Tier(site, "admin", …)',
  ]);
  expect(errors({ web: { routes: [route("api"), route("app")] } })).toEqual([]);
});

test.each<[string, string]>([
  ["shop.example.com", 'must be one of www.example.com, *.shops.example, or be added to otherHostnames, got "shop'],
  ["example.com", "must be a name that the site is seen under, and this one only redirects, got"],
  ["a.b.shops.example", "must be one of www.example.com, *.shops.example, or be added"],
  ["*.example.com", "must be one of www.example.com, *.shops.example, or be added"],
])('fails on a route for the name "%s", which the site does not have', (hostname, message) => {
  const otherHostnames = [
    { hostname: "example.com", redirects: true },
    { hostname: "*.shops.example", zone: { id: "0".repeat(32) } },
  ];
  const create = (name: string) => () =>
    synthesizeSite({ otherHostnames, web: { routes: [{ hostname: name, tier: "app" }] } });
  expect(create(hostname)).toThrow(`web.routes[0].hostname: ${message}`);
  for (const name of ["anna.shops.example", "*.shops.example", "WWW.example.com"]) expect(create(name)).not.toThrow();
});

test.each([["example.com"], [null], [{ hostname: 7 }]])("fails on further names that are none, %j", (other) => {
  const routes = [{ hostname: "a.example.com", tier: "app" }];
  expect(() => synthesizeSite({ otherHostnames: [other] as never, web: { routes } })).toThrow(/^otherHostnames\[0\]/);
  expect(() => synthesizeSite({ otherHostnames: other as never, web: { routes } })).toThrow(/^otherHostnames: /);
});
