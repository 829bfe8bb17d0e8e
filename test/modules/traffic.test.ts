import { ports } from "../../cloud-init/ports";
import { tiers } from "../../modules/naming";
import { type Flow, inboundRules, outboundRules, traffic } from "../../modules/traffic";

const isTier = (party: string) => (tiers as readonly string[]).includes(party);

test("every port that nodes listen on is somebody's destination", () => {
  const destinations = new Set(traffic.map(({ port }) => port));
  expect(Object.values(ports).filter((port) => !destinations.has(port))).toEqual([]);
});

test("what one tier may send to another, the other may receive", () => {
  for (const { from, to, protocol, port } of traffic.filter(({ from, to }) => isTier(from) && isTier(to))) {
    const found = inboundRules(to as never).find((rule) => rule.protocol === protocol && rule.port === port);
    expect(found?.peers).toContain(from);
  }
});

test("no tier is open to the world, and only load balancers to Cloudflare", () => {
  for (const tier of tiers) expect(inboundRules(tier).flatMap(({ peers }) => peers)).not.toContain("anywhere");
  const open = tiers.filter((tier) => inboundRules(tier).some(({ peers }) => peers.includes("cloudflare")));
  expect(open).toEqual(["load-balancer"]);
});

test("only app nodes reach the databases", () => {
  const reaching = tiers.filter((tier) => outboundRules(tier).some(({ peers }) => peers.includes("vpc")));
  expect(reaching).toEqual(["app"]);
});

test("rules stay below DigitalOcean's limit of 50 for a firewall", () => {
  for (const tier of tiers) expect(inboundRules(tier).length + outboundRules(tier).length).toBeLessThanOrEqual(50);
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
