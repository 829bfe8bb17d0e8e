import type { Synthesized } from "./synthesized";
import { synthesizeSite } from "./synthesized";

/** Who is meant by a reference or an address in a rule. */
const NAMES: Readonly<Record<string, string>> = {
  "${digitalocean_tag.site_tags_load-balancer.name}": "load-balancer",
  "${digitalocean_tag.site_tags_web.name}": "web",
  "${digitalocean_tag.site_tags_app.name}": "app",
  "${data.cloudflare_ip_ranges.site_firewalls_cloudflare.ipv4_cidrs}": "cloudflare",
  "${digitalocean_reserved_ip.site_address.ip_address}": "reserved IP",
  "${digitalocean_vpc.site_network.ip_range}": "VPC",
};

type Rule = Readonly<Record<string, any>>;

/** A rule in one line: `tcp 443 cloudflare`. Attributes that the line does not show fail the test. */
function line(rule: Rule, side: "source" | "destination"): string {
  const { protocol, port_range: port, [`${side}_addresses`]: addresses, [`${side}_tags`]: tags, ...rest } = rule;
  expect(rest).toEqual({});
  const list = [addresses ?? [], tags ?? []].flat();
  const peers = list.map((peer: string) => NAMES[peer] ?? peer).sort();
  return [protocol, ...(port === undefined ? [] : [port]), ...peers].join(" ");
}

function rulesOf(site: Synthesized, tier: string) {
  const { name, tags, inbound_rule, outbound_rule, ...rest } = site.resource(
    `digitalocean_firewall.site_firewalls_${tier}`,
  );
  expect(rest).toEqual({});
  return {
    name,
    tags,
    inbound: new Set(inbound_rule.map((rule: Rule) => line(rule, "source"))),
    outbound: new Set(outbound_rule.map((rule: Rule) => line(rule, "destination"))),
  };
}

const EVERY_TIER_MAY_REACH = [
  "udp 53 0.0.0.0/0 ::/0",
  "tcp 53 0.0.0.0/0 ::/0",
  "udp 123 0.0.0.0/0 ::/0",
  "tcp 80 0.0.0.0/0 ::/0",
  "tcp 443 0.0.0.0/0 ::/0",
  "icmp 0.0.0.0/0 ::/0",
];

const site = synthesizeSite();

test("the only rules of the load balancers are these", () => {
  expect(rulesOf(site, "load-balancer")).toEqual({
    name: "www-example-com-load-balancer",
    tags: ["${digitalocean_tag.site_tags_load-balancer.name}"],
    inbound: new Set([
      "tcp 443 cloudflare",
      "udp 4789 load-balancer",
      "tcp 8404 load-balancer",
      "tcp 8500 load-balancer",
    ]),
    outbound: new Set([
      "tcp 1024-65535 cloudflare",
      ...EVERY_TIER_MAY_REACH,
      "udp 4789 load-balancer",
      "tcp 8404 load-balancer reserved IP",
      "tcp 8501 web",
      "tcp 8500 app load-balancer web",
    ]),
  });
});

test("the only rules of the web nodes are these", () => {
  expect(rulesOf(site, "web")).toEqual({
    name: "www-example-com-web",
    tags: ["${digitalocean_tag.site_tags_web.name}"],
    inbound: new Set(["tcp 80 load-balancer", "tcp 8500 load-balancer", "tcp 8501 load-balancer"]),
    outbound: new Set([...EVERY_TIER_MAY_REACH, "tcp 8000 app", "tcp 8501 app"]),
  });
});

test("the only rules of the app nodes are these", () => {
  expect(rulesOf(site, "app")).toEqual({
    name: "www-example-com-app",
    tags: ["${digitalocean_tag.site_tags_app.name}"],
    inbound: new Set(["tcp 8000 web", "tcp 8501 web", "tcp 8500 load-balancer"]),
    outbound: new Set([...EVERY_TIER_MAY_REACH, "tcp 25060 VPC", "tcp 25061 VPC"]),
  });
});

test("SSH is open from the networks that were asked for, and to every tier", () => {
  const open = synthesizeSite({ ssh: { sources: ["192.0.2.7/32", "2001:db8::/48"] } });
  for (const tier of ["load-balancer", "web", "app"]) {
    const added = [...rulesOf(open, tier).inbound].filter((rule) => !rulesOf(site, tier).inbound.has(rule));
    expect(added).toEqual(["tcp 22 192.0.2.7/32 2001:db8::/48"]);
    expect(rulesOf(open, tier).outbound).toEqual(rulesOf(site, tier).outbound);
  }
});
