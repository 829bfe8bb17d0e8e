import { endpointUnits } from "../../cloud-init/app/endpoints";
import { Tier, type TierProps, type WebInfrastructureProps } from "../../modules";
import { documentsOf, parseUserData } from "../cloud-init/parse-user-data";
import { synthesizeSite } from "./synthesized";

const container = { kind: "container", image: "ghcr.io/acme/worker:1" } as const;
const own = {
  kind: "user-data",
  text: "#!/bin/sh\nexec systemctl start ${UNIT:-redis}\n",
  units: ["redis.service"],
} as const;

const withTier = (props: Partial<TierProps> = {}, site: Partial<WebInfrastructureProps> = {}, id = "workers") =>
  synthesizeSite(site, (created) => new Tier(created, id, { workload: container, ...props }));

const before = synthesizeSite();
const tf = withTier();
const tag = "${digitalocean_tag.site_tags_workers.name}";

test("a tier adds these resources and takes none away", () => {
  const added = tf.addresses().filter((address) => !before.addresses().includes(address));
  expect(added).toEqual([
    "digitalocean_droplet.site_workers_1",
    "digitalocean_droplet.site_workers_2",
    "digitalocean_firewall.site_firewalls_workers",
    ...["cpu", "disk", "memory"].map((what) => `digitalocean_monitor_alert.site_monitoring_workers_${what}`),
    "digitalocean_tag.site_tags_workers",
    ...["1_gate", "2_gate", "size"].map((part) => `terraform_data.site_workers_${part}`),
  ]);
  expect(before.addresses().filter((address) => !tf.addresses().includes(address))).toEqual([]);
});

test("its droplets are in the site's network, behind a firewall of their own, and are asked for by name", () => {
  expect(tf.resource("digitalocean_droplet.site_workers_2")).toMatchObject({
    name: "www-example-com-workers-2",
    region: "fra1",
    size: "s-1vcpu-1gb",
    vpc_uuid: "${digitalocean_vpc.site_network.id}",
    tags: [tag],
    depends_on: ["digitalocean_firewall.site_firewalls_workers", "terraform_data.site_workers_1_gate"],
  });
  const { environment } = tf.resource("terraform_data.site_workers_1_gate").provisioner[0]["local-exec"];
  expect(environment.NODE_NAME).toBe("www-example-com-workers-1");
  // Twice the limit: the first time the load balancers, which have to know the tag, are replaced meanwhile.
  expect(environment.LIMIT_SECONDS).toBe("1200");
});

test("its firewall lets load balancers ask for readiness, lets out what every node needs, and the database", () => {
  const firewall = tf.resource("digitalocean_firewall.site_firewalls_workers");
  expect(firewall.tags).toEqual([tag]);
  expect(firewall.inbound_rule).toEqual([
    { protocol: "tcp", port_range: "8500", source_tags: ["${digitalocean_tag.site_tags_load-balancer.name}"] },
  ]);
  const lines = firewall.outbound_rule.map((rule: any) => [rule.protocol, rule.port_range].join(" "));
  expect(lines).toEqual(["udp 53", "tcp 53", "udp 123", "tcp 80", "tcp 443", "icmp ", "tcp 25060", "tcp 25061"]);
  const loadBalancers = tf.resource("digitalocean_firewall.site_firewalls_load-balancer");
  const readiness = loadBalancers.outbound_rule.find((rule: any) => rule.port_range === "8500");
  expect(readiness.destination_tags).toContain(tag);
});

test("primary and replicas let its droplets in beside the app nodes", () => {
  const both = ["${digitalocean_tag.site_tags_app.name}", tag].map((value) => ({ type: "tag", value }));
  for (const { rule } of Object.values(tf.resources("digitalocean_database_firewall"))) expect(rule).toEqual(both);
});

test("load balancers know its tag, and neither tier waits for the other", () => {
  const [known] = documentsOf(tf.section("locals")["site_load-balancer_user-data"]);
  const { write_files } = JSON.parse(known!.replace("#cloud-config\n", ""));
  const contentOf = (name: string) => write_files.find((file: { path: string }) => file.path === name)?.content;
  expect(JSON.parse(contentOf("/etc/infrastructure/discovery.json")).backends.at(-1).tagKeys).toEqual([
    "LOAD_BALANCER_TAG",
    "WEB_TAG",
    "APP_TAG",
    "OTHER_TAG_1",
  ]);
  expect(contentOf("/etc/systemd/system/discover-nodes.service.d/other-tags.conf")).toContain(
    "Environment=OTHER_TAG_1=www-example-com-workers\n",
  );
  // A gate that waited for the new load balancers would keep the old ones, which cannot pass its question on, in service.
  const waits = [...tf.prerequisites("terraform_data.site_workers_1_gate")];
  expect(waits.filter((one) => /^(digitalocean_droplet|terraform_data)\.site_load-balancer/.test(one))).toEqual([]);
  const nodes = /^(digitalocean_droplet|terraform_data)\.site_workers/;
  const needed = [...tf.prerequisites("digitalocean_droplet.site_load-balancer_1")];
  expect(needed.filter((address) => nodes.test(address))).toEqual([]);
});

test("what load balancers are told is the only change of the other tiers' nodes", () => {
  for (const tier of ["web", "app"])
    expect(tf.section("locals")[`site_${tier}_user-data`]).toBe(before.section("locals")[`site_${tier}_user-data`]);
});

test("the outputs count it", () => {
  const { site_nodes, site_monthly_usd } = tf.section("output");
  expect(site_nodes.value.workers).toEqual(["www-example-com-workers-1", "www-example-com-workers-2"]);
  expect(site_monthly_usd.value).toBe(169.8 + 2 * 6);
});

test("user-data of one's own stands beside ours, byte for byte, and its units make a node ready", () => {
  const other = withTier({ workload: own });
  const userData = other.section("locals")["site_workers_user-data"];
  expect(documentsOf(userData)).toContain(own.text);
  expect(userData).not.toContain("${UNIT");
  expect(JSON.parse(fileOf(userData, "/etc/infrastructure/status.json"))).toEqual({
    units: ["redis.service"],
    check: null,
    host: null,
  });
  for (const { rule } of Object.values(other.resources("digitalocean_database_firewall"))) expect(rule).toHaveLength(1);
});

test("a container's health path makes a node ready", () => {
  const other = withTier({ workload: { ...container, healthPath: "/up" } });
  const status = fileOf(other.section("locals")["site_workers_user-data"], "/etc/infrastructure/status.json");
  expect(JSON.parse(status)).toEqual({
    units: [...endpointUnits, "app.service"],
    check: "http://127.0.0.1:8000/up",
    host: "www.example.com",
  });
});

test("schedules of the tier are its own, by its tag", () => {
  const other = withTier({ workload: container, schedules: { report: { at: "hourly", command: ["bin/report"] } } });
  const userData = other.section("locals")["site_workers_user-data"];
  expect(fileOf(userData, "/etc/infrastructure/schedules.env")).toContain("TIER=www-example-com-workers\n");
  expect(fileOf(userData, "/etc/systemd/system/schedule@report.timer")).toContain("OnCalendar=hourly UTC\n");
});

/** Content of a file whose values are all known now. */
function fileOf(userData: string, name: string): string {
  const known = userData.replace(/\n--part-of-user-data\nContent-Type: text\/cloud-config\n\n[^]*?(?=\n--part-of)/, "");
  return String(parseUserData(known).files.find((file) => file.path === name)?.content);
}

test("settings of the tier reach its droplets", () => {
  const other = withTier({ nodes: 4, batchSize: 2, size: "s-2vcpu-4gb", extraPackages: ["htop"] });
  expect(other.resource("digitalocean_droplet.site_workers_4").size).toBe("s-2vcpu-4gb");
  const gates = [...other.prerequisites("digitalocean_droplet.site_workers_4")].filter((one) =>
    /workers.*gate/.test(one),
  );
  expect(gates).toHaveLength(2);
  expect(documentsOf(other.section("locals")["site_workers_user-data"])[0]).toContain('"htop"');
});

test.each<[Partial<TierProps>, string]>([
  [{ nodes: 1 }, "nodes: must be a whole number from 2 to 50, got 1 (a single point of failure"],
  [{ size: "big" }, "size: must be a droplet size"],
  [{ usesDatabase: false }, "usesDatabase: must be true for a container, which is told the database's URLs, got false"],
  [{ workload: undefined }, "workload: is missing"],
  [{ workload: { ...container, image: "worker" } }, "workload.image: must be registry/name:tag"],
  [{ workload: { ...own, text: "apt install" } }, 'workload.text: must begin with "#cloud-config" or "#!", got'],
  [{ workload: { ...own, units: ["a b"] } }, "workload.units[0]: must be a unit such as redis-server.service"],
  [
    { workload: container, workers: { a: {} } },
    "workers.a.command: is missing, without it the application would start",
  ],
  [
    { workload: own, workers: { a: {} } },
    'workers: must be beside an application or a workload of the kind "container"',
  ],
  [{ workload: container, schedules: { a: { at: "3", command: ["x"] } } }, "schedules.a.at: must be a time in UTC"],
  [{ extraUnits: ["a b"] }, "extraUnits[0]: must be a unit such as redis-server.service"],
  [{ workload: { kind: "vm" } as never }, 'workload.kind: must be "container" or "user-data", got'],
  [{ tier: "x" } as object, "tier: is no setting, must be one of size, "],
])("fails with %j", (props, message) => {
  expect(() => withTier(props)).toThrow(message);
});

test.each(["web", "vpc", "database", "Workers", "a-name-that-is-long"])('fails to take "%s" for its name', (id) => {
  expect(() => withTier({}, {}, id)).toThrow(/^id: must be /);
});

test("one node is enough where single points of failure are allowed", () => {
  expect(withTier({ nodes: 1 }, { allowSinglePointsOfFailure: true }).addresses()).toContain(
    "digitalocean_droplet.site_workers_1",
  );
});
