import fc from "fast-check";
import {
  resolveFirewallRules,
  type FirewallMember,
  type FirewallSource,
} from "../../../../../local-cloud/api/digitalocean/account/resolve-firewall-rules";
import { resolveTrustedSources } from "../../../../../local-cloud/api/digitalocean/account/resolve-trusted-sources";

const lb = member(1, ["lb"]);
const web = member(2, ["Web"]);
const other = member(3, []);
const all = [lb, web, other];

test("a droplet that no firewall is attached to has no rules at all", () => {
  expect(resolveFirewallRules(other, [firewall({ tags: ["web"] })], all)).toBeUndefined();
});

test("a firewall is attached by tag, whatever its case, and by droplet id", () => {
  expect(resolveFirewallRules(web, [firewall({ tags: ["web"] })], all)).toEqual({ inbound: [], outbound: [] });
  expect(resolveFirewallRules(other, [firewall({ dropletIds: [3] })], all)).toEqual({ inbound: [], outbound: [] });
});

test("tags and droplet ids in a rule become the public and the private addresses of the droplets", () => {
  const rules = resolveFirewallRules(
    web,
    [
      firewall({
        tags: ["web"],
        inbound: [{ protocol: "tcp", ports: "80", peers: { tags: ["LB"], droplet_ids: [3] } }],
      }),
    ],
    all,
  );
  expect(rules?.inbound).toEqual([
    { protocol: "tcp", ports: "80", addresses: ["10.20.0.1/32", "10.20.0.3/32", "203.0.113.1/32", "203.0.113.3/32"] },
  ]);
});

test("a bare address is a single host, and every port is no port", () => {
  const peers = { addresses: ["192.0.2.1", "::/0"] };
  const rules = resolveFirewallRules(
    web,
    [
      firewall({
        tags: ["web"],
        outbound: [
          { protocol: "udp", ports: "0", peers },
          { protocol: "tcp", ports: "1-65535", peers },
          { protocol: "icmp", ports: "0", peers },
        ],
      }),
    ],
    all,
  );
  const addresses = ["192.0.2.1/32", "::/0"];
  expect(rules?.outbound).toEqual([
    { protocol: "udp", addresses },
    { protocol: "tcp", addresses },
    { protocol: "icmp", addresses },
  ]);
});

test("a rule whose tag nobody carries is left out, because a rule without a peer must not mean everyone", () => {
  const rule = { protocol: "tcp", ports: "80", peers: { tags: ["nobody"] } } as const;
  expect(resolveFirewallRules(web, [firewall({ tags: ["web"], inbound: [rule] })], all)?.inbound).toEqual([]);
});

test("the rules of several firewalls add up, and the same rule counts once", () => {
  const http = { protocol: "tcp", ports: "80", peers: { addresses: ["0.0.0.0/0"] } } as const;
  const https = { ...http, ports: "443" };
  const both = [firewall({ tags: ["web"], inbound: [http] }), firewall({ dropletIds: [2], inbound: [https, http] })];
  expect(resolveFirewallRules(web, both, all)?.inbound.map(({ ports }) => ports)).toEqual(["80", "443"]);
});

test("for any droplets and firewalls: what is let in is exactly what some rule of some attached firewall names", () => {
  fc.assert(
    fc.property(members, firewalls, (droplets, sources) => {
      for (const droplet of droplets) {
        const attached = sources.filter(
          ({ dropletIds, tags }) => dropletIds.includes(droplet.id) || tags.some((tag) => droplet.tags.includes(tag)),
        );
        const rules = resolveFirewallRules(droplet, sources, droplets);
        expect(rules === undefined).toBe(attached.length === 0);
        for (const sender of droplets) {
          const named = attached.some(({ inbound }) =>
            inbound.some(({ peers }) => (peers.tags ?? []).some((tag) => sender.tags.includes(tag))),
          );
          const letIn = (address: string): boolean =>
            (rules?.inbound ?? []).some(({ addresses }) => addresses.includes(`${address}/32`));
          expect([letIn(sender.publicAddress), letIn(sender.privateAddress)]).toEqual([named, named]);
        }
        expect((rules?.inbound ?? []).every(({ addresses }) => addresses.length > 0)).toBe(true);
      }
    }),
  );
});

test("a database without rules is open, and one whose rules name nobody is closed", () => {
  expect(resolveTrustedSources([], all)).toBeUndefined();
  expect(resolveTrustedSources([{ type: "tag", value: "nobody" }], all)).toEqual([]);
});

test("trusted sources are addresses, droplets and tags, each droplet with both addresses", () => {
  const rules = [
    { type: "ip_addr", value: "192.0.2.0/24" },
    { type: "droplet", value: "1" },
    { type: "tag", value: "web" },
  ] as const;
  expect(resolveTrustedSources(rules, all)).toEqual([
    "10.20.0.1/32",
    "10.20.0.2/32",
    "192.0.2.0/24",
    "203.0.113.1/32",
    "203.0.113.2/32",
  ]);
});

function member(id: number, tags: string[]): FirewallMember {
  return { id, tags, publicAddress: `203.0.113.${id}`, privateAddress: `10.20.0.${id}` };
}

function firewall(parts: Partial<FirewallSource>): FirewallSource {
  return { inbound: [], outbound: [], dropletIds: [], tags: [], ...parts };
}

const tag = fc.constantFrom("a", "b", "c");
const members = fc
  .array(fc.uniqueArray(tag), { maxLength: 6 })
  .map((list) => list.map((tags, id) => member(id + 1, tags)));
const rule = fc.record({
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
  ports: fc.constantFrom("80", "443"),
  peers: fc.record({ tags: fc.uniqueArray(tag) }),
});
const firewalls = fc.array(
  fc.record({
    inbound: fc.array(rule, { maxLength: 3 }),
    outbound: fc.constant([]),
    dropletIds: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
    tags: fc.uniqueArray(tag),
  }),
  { maxLength: 3 },
);
