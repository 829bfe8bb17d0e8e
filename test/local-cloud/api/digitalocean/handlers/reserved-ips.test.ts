import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const address = "198.51.100.10";
const path = `/v2/reserved_ips/${address}`;

let cloud: DigitalOceanUnderTest;
let one: number;
let two: number;
afterEach(() => cloud.api.close());

async function start(options: Parameters<typeof startDigitalOcean>[0] = {}): Promise<void> {
  cloud = await startDigitalOcean({ latencies: { reservedIpAssign: 2000, reservedIpUnassign: 2000 }, ...options });
  one = (await makeDroplet(cloud, { name: "lb-1" }))["id"];
  two = (await makeDroplet(cloud, { name: "lb-2" }))["id"];
  await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" });
}

const assign = (droplet: number) => cloud.call("POST", `${path}/actions`, { type: "assign", droplet_id: droplet });
const show = async () => (await cloud.call("GET", path)).body.reserved_ip;

test("an assignment is answered at once, locks the address, and routes it after its latency", async () => {
  await start();
  const { status, body } = await assign(one);
  expect([status, body.action.status, body.action.type]).toEqual([201, "in-progress", "assign_ip"]);
  expect(await show()).toMatchObject({ locked: true, droplet: null });
  await cloud.clock.advance(1999);
  expect(cloud.platform.callsOf("network.routeReservedIp")).toEqual([]);
  await cloud.clock.advance(1);
  expect(await show()).toMatchObject({ locked: false, droplet: { id: one } });
  expect((await cloud.call("GET", `${path}/actions/${body.action.id}`)).body.action.status).toBe("completed");
  expect(cloud.platform.callsOf("network.routeReservedIp")[0]?.args).toEqual([address, one]);
});

test("it moves from one droplet to another without being unassigned first", async () => {
  await start();
  await assign(one);
  await cloud.clock.advance(2000);
  await assign(two);
  expect((await show()).droplet.id).toBe(one);
  await cloud.clock.advance(2000);
  expect((await show()).droplet.id).toBe(two);
});

test("fails with 422 while an action is pending, for the address and for the droplet", async () => {
  await start();
  await assign(one);
  const refused = await assign(two);
  expect([refused.status, refused.body.message]).toEqual([422, "The floating IP already has a pending event."]);
  const other = (await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).body.reserved_ip.ip;
  const second = await cloud.call("POST", `/v2/reserved_ips/${other}/actions`, { type: "assign", droplet_id: one });
  expect([second.status, second.body.message]).toEqual([422, "Droplet already has a pending event."]);
  expect((await cloud.call("DELETE", path)).status).toBe(422);
});

test("fails with 422 when the droplet has a reserved IP already, even the same one", async () => {
  await start();
  await assign(one);
  await cloud.clock.advance(2000);
  expect((await assign(one)).status).toBe(422);
  const other = (await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).body.reserved_ip.ip;
  expect(
    (await cloud.call("POST", `/v2/reserved_ips/${other}/actions`, { type: "assign", droplet_id: one })).status,
  ).toBe(422);
});

test("fails with 422 when it is unassigned without being assigned, and 404 for unknown droplets and addresses", async () => {
  await start();
  expect((await cloud.call("POST", `${path}/actions`, { type: "unassign" })).body.message).toBe(
    "The floating IP is not assigned.",
  );
  expect((await assign(7)).status).toBe(404);
  expect((await cloud.call("GET", "/v2/reserved_ips/198.51.100.99")).status).toBe(404);
});

test("metadata says active when the action has completed and the lag is over, and no longer for the former holder", async () => {
  await start({ latencies: { reservedIpAssign: 2000, metadataLag: 500 } });
  await assign(one);
  expect(cloud.api.reservedIpOf(one)).toBeUndefined();
  await cloud.clock.advance(2000);
  expect(cloud.api.reservedIpOf(one)).toEqual({ address, active: false });
  await cloud.clock.advance(500);
  expect(cloud.api.reservedIpOf(one)).toEqual({ address, active: true });
  await assign(two);
  await cloud.clock.advance(2000);
  expect(cloud.api.reservedIpOf(one)).toEqual({ address, active: true });
  await cloud.clock.advance(500);
  expect(cloud.api.reservedIpOf(one)).toBeUndefined();
  expect(cloud.api.reservedIpOf(two)).toEqual({ address, active: true });
});

test("an assignment fails as errored, with the address where it was, when the platform refuses", async () => {
  await start();
  await assign(one);
  await cloud.clock.advance(2000);
  cloud.platform.onCall("network.routeReservedIp", async () => {
    throw new Error("nft says no");
  });
  const { body } = await assign(two);
  await cloud.clock.advance(2000);
  expect((await cloud.call("GET", `/v2/actions/${body.action.id}`)).body.action.status).toBe("errored");
  expect(await show()).toMatchObject({ locked: false, droplet: { id: one } });
  expect(cloud.api.reservedIpOf(one)).toEqual({ address, active: true });
});

test("an assignment to a droplet that is destroyed meanwhile fails as errored", async () => {
  await start();
  const { body } = await assign(one);
  await cloud.call("DELETE", `/v2/droplets/${one}`);
  await cloud.clock.advance(2000);
  expect((await cloud.call("GET", `/v2/actions/${body.action.id}`)).body.action.status).toBe("errored");
  expect(await show()).toMatchObject({ locked: false, droplet: null });
});

test("a destroyed droplet loses its address, and a deleted address is routed nowhere", async () => {
  await start();
  await assign(one);
  await cloud.clock.advance(2000);
  await cloud.call("DELETE", `/v2/droplets/${one}`);
  await settle();
  expect(await show()).toMatchObject({ droplet: null });
  expect(cloud.platform.callsOf("network.routeReservedIp").at(-1)?.args).toEqual([address, undefined]);
  await assign(two);
  await cloud.clock.advance(2000);
  expect((await cloud.call("DELETE", path)).status).toBe(204);
  expect(cloud.platform.callsOf("network.routeReservedIp").at(-1)?.args).toEqual([address, undefined]);
  expect(cloud.api.reservedIpOf(two)).toBeUndefined();
});

test("the address is listed as a second public one of its droplet", async () => {
  await start();
  await assign(one);
  await cloud.clock.advance(2000);
  const { networks } = (await cloud.call("GET", `/v2/droplets/${one}`)).body.droplet;
  expect(networks.v4.map(({ type }: any) => type)).toEqual(["private", "public", "public"]);
  expect(networks.v4[2].ip_address).toBe(address);
});

test("fails with 422 beyond the account's limit", async () => {
  await start({ reservedIpLimit: 1 });
  expect((await cloud.call("POST", "/v2/reserved_ips", { region: "fra1" })).status).toBe(422);
});
