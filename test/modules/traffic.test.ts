import { ports } from "../../cloud-init/ports";
import { tiers } from "../../modules/naming";
import { SettingsError } from "../../modules";
import { type Flow, Traffic, inboundRules, outboundRules, siteFlows } from "../../modules/traffic";

test("every port that nodes listen on is somebody's destination", () => {
  // On its own loopback, a node needs no leave.
  const own: readonly number[] = [ports.databaseWrite, ports.databaseRead];
  const destinations = new Set([...siteFlows.map(({ port }) => port), ...own]);
  expect(Object.values(ports).filter((port) => !destinations.has(port))).toEqual([]);
});

/** Connections between tiers that rules of one side allow, `web -> app tcp 8000`; "anywhere" is every tier. */
function between(side: "from" | "to"): string[] {
  const lines = tiers.flatMap((tier) =>
    (side === "from" ? outboundRules(tier, siteFlows) : inboundRules(tier, siteFlows)).flatMap(
      ({ protocol, port, peers }) =>
        tiers
          .filter((peer) => peers.includes(peer))
          .map((peer) => `${side === "from" ? `${tier} -> ${peer}` : `${peer} -> ${tier}`} ${protocol} ${port}`),
    ),
  );
  return lines.sort();
}

const BETWEEN_TIERS = [
  "load-balancer -> app tcp 8500",
  "load-balancer -> load-balancer tcp 8404",
  "load-balancer -> load-balancer tcp 8500",
  "load-balancer -> load-balancer udp 4789",
  "load-balancer -> web tcp 80",
  "load-balancer -> web tcp 8500",
  "load-balancer -> web tcp 8501",
  "web -> app tcp 8000",
  "web -> app tcp 8501",
];

test("what tiers may receive from each other is this", () => {
  expect(between("to")).toEqual(BETWEEN_TIERS);
});

test("what tiers may send to each other is the same, but for what they may send to anybody", () => {
  expect(between("from")).toEqual(BETWEEN_TIERS.filter((line) => line !== "load-balancer -> web tcp 80"));
  expect(outboundRules("load-balancer", siteFlows)).toContainEqual({ protocol: "tcp", port: 80, peers: ["anywhere"] });
});

test("every tier gets DNS, time, packages and path MTU discovery, and nothing else from the world", () => {
  for (const tier of tiers)
    expect(
      outboundRules(tier, siteFlows)
        .filter(({ peers }) => peers.includes("anywhere"))
        .map(({ protocol, port }) => [protocol, port].join(" "))
        .sort(),
    ).toEqual(["icmp ", "tcp 443", "tcp 53", "tcp 80", "udp 123", "udp 53"]);
});

test("no tier is open to the world, and only load balancers to Cloudflare", () => {
  for (const tier of tiers)
    expect(inboundRules(tier, siteFlows).flatMap(({ peers }) => peers)).not.toContain("anywhere");
  const open = tiers.filter((tier) => inboundRules(tier, siteFlows).some(({ peers }) => peers.includes("cloudflare")));
  expect(open).toEqual(["load-balancer"]);
});

test("only app nodes reach the databases", () => {
  const reaching = tiers.filter((tier) => outboundRules(tier, siteFlows).some(({ peers }) => peers.includes("vpc")));
  expect(reaching).toEqual(["app"]);
});

test("rules stay below DigitalOcean's limit of 50 for a firewall", () => {
  for (const tier of tiers)
    expect(inboundRules(tier, siteFlows).length + outboundRules(tier, siteFlows).length).toBeLessThanOrEqual(50);
});

describe("rules made of flows", () => {
  const flows: readonly Flow[] = [
    { from: "load-balancer", to: "web", protocol: "tcp", port: 80 },
    { from: "app", to: "web", protocol: "tcp", port: 80 },
    { from: "web", to: "app", protocol: "tcp", port: 80 },
    { from: "web", to: "anywhere", protocol: "tcp", port: 80 },
    { from: "web", to: "anywhere", protocol: "udp", port: 80 },
    { from: "web", to: "anywhere", protocol: "icmp" },
  ];

  test("peers of the same protocol and port share a rule", () => {
    expect(inboundRules("web", flows)).toEqual([{ protocol: "tcp", port: 80, peers: ["load-balancer", "app"] }]);
  });

  test("anywhere stands for every other peer, and protocols are kept apart", () => {
    expect(outboundRules("web", flows)).toEqual([
      { protocol: "tcp", port: 80, peers: ["anywhere"] },
      { protocol: "udp", port: 80, peers: ["anywhere"] },
      { protocol: "icmp", peers: ["anywhere"] },
    ]);
  });
});

describe("flows of one's own", () => {
  const relay: Flow = { from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 };

  test("become rules of the tier that they begin or end at", () => {
    const { flows } = new Traffic([relay, { from: "192.0.2.0/24", to: "web", protocol: "tcp", port: "9100-9113" }]);
    expect(outboundRules("app", flows)).toContainEqual({ protocol: "tcp", port: 587, peers: ["198.51.100.25/32"] });
    expect(inboundRules("web", flows)).toContainEqual({ protocol: "tcp", port: "9100-9113", peers: ["192.0.2.0/24"] });
    expect(outboundRules("web", flows)).toEqual(outboundRules("web", siteFlows));
  });

  test("can be added later, which is told", () => {
    const traffic = new Traffic();
    let told = 0;
    traffic.onChange(() => told++);
    traffic.allow(relay);
    expect(told).toBe(1);
    expect(traffic.flows.at(-1)).toBe(relay);
  });

  test("reach a tier of one's own once it is there", () => {
    const traffic = new Traffic();
    const flow: Flow = { from: "app", to: "cache", protocol: "tcp", port: 6379 };
    expect(() => traffic.allow(flow)).toThrow("traffic.to: must be one of load-balancer, web, app, cloudflare");
    traffic.addTier("cache", { usesDatabase: false });
    traffic.allow(flow);
    expect(inboundRules("cache", traffic.flows)).toEqual([
      { protocol: "tcp", port: 8500, peers: ["load-balancer"] },
      { protocol: "tcp", port: 22, peers: ["operators"] },
      { protocol: "tcp", port: 6379, peers: ["app"] },
    ]);
    expect(outboundRules("cache", traffic.flows).filter(({ peers }) => peers.includes("vpc"))).toEqual([]);
  });

  test("a tier of one's own that uses the database reaches it", () => {
    const traffic = new Traffic();
    traffic.addTier("workers", { usesDatabase: true });
    const ports = outboundRules("workers", traffic.flows).filter(({ peers }) => peers.includes("vpc"));
    expect(ports.map(({ port }) => port)).toEqual([25060, 25061]);
  });

  test.each<[Flow, string]>([
    [{ ...relay, to: "mail.example.com" }, "traffic[0].to: must be one of load-balancer, web, app, cloudflare, any"],
    [{ ...relay, to: "198.51.100.25/24" }, "traffic[0].to: must be a network such as 10.10.0.0/24, got"],
    [{ ...relay, port: 0 }, "traffic[0].port: must be a whole number from 1 to 65535, got 0"],
    [{ ...relay, port: "90-80" }, 'traffic[0].port: must be a port or a range such as "8000-8100", got "90-80"'],
    [{ ...relay, port: undefined }, "traffic[0].port: is missing, tcp needs a port or a range"],
    [{ ...relay, protocol: "icmp" }, "traffic[0].port: must be left out for icmp, got 587"],
    [{ ...relay, protocol: "sctp" as "tcp" }, 'traffic[0].protocol: must be one of tcp, udp, icmp, got "sctp"'],
    [{ ...relay, from: "vpc" }, "traffic[0]: must begin or end at one of load-balancer, web, app, got vpc to"],
    [{ ...relay, from: "anywhere", to: "app" }, 'traffic[0].from: must not be the whole world, got "anywhere"'],
    [{ ...relay, from: "0.0.0.0/0", to: "app" }, 'traffic[0].from: must not be the whole world, got "0.0.0.0/0"'],
    [{ ...relay, from: "::/0", to: "web" }, 'traffic[0].from: must not be the whole world, got "::/0"'],
    [{ ...relay, from: "cloudflare", to: "web" }, "traffic[0].from: may reach load-balancer only, got"],
    [{ ...relay, ports: 587 } as Flow, "traffic[0].ports: is no setting, must be one of port, from"],
  ])("fails with %j", (flow, message) => {
    expect(() => new Traffic([flow])).toThrow(SettingsError);
    expect(() => new Traffic([flow])).toThrow(message);
  });

  test("fails with more rules than DigitalOcean takes for a firewall", () => {
    const many = Array.from({ length: 40 }, (_, i): Flow => ({ ...relay, port: 2000 + i }));
    expect(() => new Traffic(many)).toThrow(
      "traffic: must leave app at most 50 firewall rules, got 52, use port ranges",
    );
  });
});
