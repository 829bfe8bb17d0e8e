import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const everyone = { addresses: ["0.0.0.0/0", "::/0"] };
const http = { protocol: "tcp", ports: "80", sources: { tags: ["lb"] } };

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
  for (const name of ["lb", "web"]) await cloud.call("POST", "/v2/tags", { name });
});
afterEach(() => cloud.api.close());

const create = (fields: object = {}) =>
  cloud.call("POST", "/v2/firewalls", { name: "web", inbound_rules: [http], tags: ["web"], ...fields });

/** Inbound addresses by droplet, as the network was told last. */
function told(): Record<string, unknown> {
  const calls = cloud.platform.callsOf("network.setFirewall");
  return Object.fromEntries(
    calls.map(({ args: [id, rules] }: any) => [id, rules?.inbound.flatMap((rule: any) => rule.addresses)]),
  );
}

test("the network is told about a droplet whenever its own rules change, and only then", async () => {
  const web = (await makeDroplet(cloud, { name: "web-1", tags: ["web"] }))["id"];
  const other = (await makeDroplet(cloud, { name: "other" }))["id"];
  await create();
  await settle();
  expect(told()).toEqual({ [web]: [] });
  const lb = (await makeDroplet(cloud, { name: "lb-1", tags: ["lb"] }))["id"];
  expect(told()).toEqual({ [web]: ["10.100.0.7/32", "203.0.113.12/32"] });
  const before = cloud.platform.callsOf("network.setFirewall").length;
  await cloud.call("POST", "/v2/tags/lb/resources", {
    resources: [{ resource_id: `${lb}`, resource_type: "droplet" }],
  });
  await settle();
  expect(cloud.platform.callsOf("network.setFirewall")).toHaveLength(before);
  expect(told()).not.toHaveProperty(`${other}`);
});

test("untagging, deleting a droplet and deleting the firewall reach the network as well", async () => {
  const web = (await makeDroplet(cloud, { name: "web-1", tags: ["web"] }))["id"];
  const lb = (await makeDroplet(cloud, { name: "lb-1", tags: ["lb"] }))["id"];
  const { id } = (await create()).body.firewall;
  await settle();
  await cloud.call("DELETE", "/v2/tags/lb/resources", {
    resources: [{ resource_id: `${lb}`, resource_type: "droplet" }],
  });
  await settle();
  expect(told()).toEqual({ [web]: [] });
  await cloud.call("DELETE", `/v2/firewalls/${id}`);
  await settle();
  expect(cloud.platform.callsOf("network.setFirewall").at(-1)?.args).toEqual([web, undefined]);
  await create({ tags: [], droplet_ids: [web] });
  await settle();
  await cloud.call("DELETE", `/v2/droplets/${web}`);
  await settle();
  expect(cloud.platform.callsOf("network.setFirewall").at(-1)?.args).toEqual([web, undefined]);
});

test("a firewall shows whether the network took it", async () => {
  await makeDroplet(cloud, { tags: ["web"] });
  cloud.platform.onCall("network.setFirewall", async () => {
    throw new Error("nft says no");
  });
  const { firewall } = (await create()).body;
  expect(firewall.status).toBe("waiting");
  await settle();
  expect((await cloud.call("GET", `/v2/firewalls/${firewall.id}`)).body.firewall.status).toBe("failed");
  cloud.platform.onCall("network.setFirewall", async () => undefined);
  await cloud.call("POST", `/v2/firewalls/${firewall.id}/rules`, {
    outbound_rules: [{ protocol: "icmp", destinations: everyone }],
  });
  await settle();
  expect((await cloud.call("GET", `/v2/firewalls/${firewall.id}`)).body.firewall.status).toBe("succeeded");
});

test("every port is answered as 0, and a whole range as it was asked for", async () => {
  const ports = ["all", "0", "1-65535", "8000-8010"];
  const rules = ports.map((port) => ({ protocol: "tcp", ports: port, sources: everyone }));
  const { body } = await create({ inbound_rules: [...rules, { protocol: "icmp", sources: everyone }] });
  expect(body.firewall.inbound_rules.map((rule: any) => rule.ports)).toEqual(["0", "0", "1-65535", "8000-8010", "0"]);
});

test.each([
  ["a tag it is attached to does not exist", { tags: ["ghost"] }, 400],
  ["a tag in a rule does not exist", { inbound_rules: [{ ...http, sources: { tags: ["ghost"] } }] }, 400],
  ["a droplet does not exist", { droplet_ids: [7] }, 400],
  ["it has no rule", { inbound_rules: [] }, 400],
  ["a rule has no peer", { inbound_rules: [{ ...http, sources: {} }] }, 400],
  ["a rule has no port", { inbound_rules: [{ protocol: "tcp", sources: everyone }] }, 400],
  ["a port is none", { inbound_rules: [{ ...http, ports: "80-79" }] }, 400],
  ["a protocol is none that cloud firewalls know", { inbound_rules: [{ ...http, protocol: "vrrp" }] }, 400],
  ["an address is none", { inbound_rules: [{ ...http, sources: { addresses: ["web"] } }] }, 400],
  ["it has too many rules", { inbound_rules: Array(51).fill(http) }, 400],
  ["its name is taken", { name: "taken" }, 409],
])("fails when %s", async (_what, fields, status) => {
  await create({ name: "taken" });
  expect((await create({ name: "new", ...fields })).status).toBe(status);
  expect(cloud.api.inventory()["firewalls"]).toBe(1);
});

test("fails with 404 when a droplet or tag that an existing firewall is to have does not exist", async () => {
  const path = `/v2/firewalls/${(await create()).body.firewall.id}`;
  const ghosts = [{ ...http, sources: { droplet_ids: [7] } }];
  const answers = [
    await cloud.call("POST", `${path}/droplets`, { droplet_ids: [7] }),
    await cloud.call("POST", `${path}/tags`, { tags: ["ghost"] }),
    await cloud.call("POST", `${path}/rules`, { inbound_rules: ghosts }),
    await cloud.call("PUT", path, { name: "web", inbound_rules: ghosts }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(answers[0]?.body.message).toBe("droplets must exist: 7 not found");
});
