import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

let cloud: DigitalOceanUnderTest;
afterEach(() => cloud.api.close());

const create = (fields: object = {}) =>
  cloud.call("POST", "/v2/vpcs", { name: "office", region: "fra1", ip_range: "10.20.0.0/20", ...fields });

test.each([
  [
    "overlaps with another",
    { name: "b", ip_range: "10.20.8.0/24" },
    "overlaps with another VPC network in your account",
  ],
  [
    "is not private",
    { name: "b", ip_range: "203.0.113.0/24" },
    "must be a private (RFC 1918) network of size /16 to /28",
  ],
  ["is too large", { name: "b", ip_range: "10.0.0.0/8" }, "of size /16 to /28"],
  ["has host bits", { name: "b", ip_range: "10.30.0.1/24" }, "must be a private (RFC 1918) network"],
  ["is the vendor's own", { name: "b", ip_range: "10.244.1.0/24" }, "overlaps with the reserved range 10.244.0.0/16"],
])("fails when its range %s", async (_what, fields, message) => {
  cloud = await startDigitalOcean();
  await create();
  const answer = await create(fields);
  expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining(message)]);
});

test("fails when its name is taken or wrong, or its region unknown", async () => {
  cloud = await startDigitalOcean();
  await create();
  for (const fields of [{}, { name: "a b" }, { region: "mars1" }]) {
    expect((await create({ name: "office", ip_range: "10.30.0.0/24", ...fields })).status).toBe(422);
  }
});

test("without a range a free /20 is chosen", async () => {
  cloud = await startDigitalOcean();
  const ranges = [];
  for (const name of ["a", "b"]) ranges.push((await create({ name, ip_range: undefined })).body.vpc.ip_range);
  expect(ranges).toEqual(["10.100.0.0/20", "10.100.16.0/20"]);
});

test("droplets get its addresses in order, and freed ones last", async () => {
  cloud = await startDigitalOcean();
  const { id } = (await create({ ip_range: "10.20.0.0/28" })).body.vpc;
  const addresses = [];
  for (let number = 0; number < 12; number += 1) {
    const droplet = await makeDroplet(cloud, { vpc_uuid: id });
    addresses.push(droplet["networks"].v4[0].ip_address);
    await cloud.call("DELETE", `/v2/droplets/${droplet["id"]}`);
    await settle();
  }
  const hosts = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 5, 6];
  expect(addresses).toEqual(hosts.map((host) => `10.20.0.${host}`));
});

test("fails with 422 for a droplet when no address is left", async () => {
  cloud = await startDigitalOcean();
  const { id } = (await create({ ip_range: "10.20.0.0/28" })).body.vpc;
  for (let number = 0; number < 10; number += 1) await makeDroplet(cloud, { vpc_uuid: id });
  const order = { name: "x", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64", vpc_uuid: id };
  expect((await cloud.call("POST", "/v2/droplets", order)).status).toBe(422);
});

test("fails to be deleted with 409 while it has members, for as long as they linger, and with 403 when it is default", async () => {
  cloud = await startDigitalOcean({ latencies: { vpcMemberLinger: 30_000 } });
  const { id } = (await create()).body.vpc;
  const droplet = (await makeDroplet(cloud, { vpc_uuid: id }))["id"];
  expect((await cloud.call("GET", `/v2/vpcs/${id}/members`)).body.members).toMatchObject([
    { urn: `do:droplet:${droplet}` },
  ]);
  const refused = await cloud.call("DELETE", `/v2/vpcs/${id}`);
  expect([refused.status, refused.body.message]).toEqual([409, "Can not delete VPC with members"]);
  await cloud.call("DELETE", `/v2/droplets/${droplet}`);
  await settle();
  expect((await cloud.call("DELETE", `/v2/vpcs/${id}`)).status).toBe(409);
  await cloud.clock.advance(30_000);
  expect((await cloud.call("DELETE", `/v2/vpcs/${id}`)).status).toBe(204);
  const defaultVpc = (await makeDroplet(cloud))["vpc_uuid"];
  expect((await cloud.call("DELETE", `/v2/vpcs/${defaultVpc}`)).status).toBe(403);
});
