import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(() => cloud.api.close());

test("making a tag that exists answers with it, in the spelling it was first given", async () => {
  await cloud.call("POST", "/v2/tags", { name: "Web" });
  const again = await cloud.call("POST", "/v2/tags", { name: "web" });
  expect([again.status, again.body.tag.name]).toEqual([201, "Web"]);
  expect((await cloud.call("GET", "/v2/tags/Web")).status).toBe(200);
  expect((await cloud.call("GET", "/v2/tags/web")).status).toBe(404);
});

test("a tag counts what it is on, and may hold a colon", async () => {
  const { id } = await makeDroplet(cloud, { tags: ["env:test"] });
  const { tag } = (await cloud.call("GET", "/v2/tags/env:test")).body;
  expect(tag.resources).toMatchObject({ count: 1, droplets: { count: 1 }, databases: { count: 0 } });
  await cloud.call("DELETE", `/v2/droplets/${id}`);
  expect((await cloud.call("GET", "/v2/tags/env%3Atest")).body.tag.resources.count).toBe(0);
});

test("deleting a tag takes it off everything", async () => {
  const { id } = await makeDroplet(cloud, { tags: ["web", "blue"] });
  expect((await cloud.call("DELETE", "/v2/tags/web")).status).toBe(204);
  expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.tags).toEqual(["blue"]);
});

test("fails for names that are none, tags that do not exist, and resources that do not exist", async () => {
  const refused = await cloud.call("POST", "/v2/tags", { name: "a b" });
  const reason = "tag a b: must be 1 to 255 letters, digits, colons, dashes or underscores";
  expect([refused.status, refused.body]).toEqual([400, { error: reason, messages: null, root_causes: [reason] }]);
  expect((await cloud.call("DELETE", "/v2/tags/ghost")).status).toBe(404);
  await cloud.call("POST", "/v2/tags", { name: "web" });
  const resources = [{ resource_id: "7", resource_type: "droplet" }];
  expect((await cloud.call("POST", "/v2/tags/web/resources", { resources })).status).toBe(404);
});

test("an order that is refused leaves no tag and no VPC behind", async () => {
  const order = {
    name: "a",
    region: "fra1",
    size: "s-1vcpu-1gb",
    image: "debian-13-x64",
    tags: ["new"],
    ssh_keys: [7],
  };
  expect((await cloud.call("POST", "/v2/droplets", order)).status).toBe(422);
  expect((await cloud.call("GET", "/v2/tags")).body.tags).toEqual([]);
  expect((await cloud.call("GET", "/v2/vpcs")).body.vpcs).toEqual([]);
});

test("fails for a kind of resource that nobody has, and for those that are not here, in different ways", async () => {
  await cloud.call("POST", "/v2/tags", { name: "web" });
  const tag = async (type: string) =>
    (await cloud.call("POST", "/v2/tags/web/resources", { resources: [{ resource_id: "7", resource_type: type }] }))
      .status;
  expect([await tag("server"), await tag("volume")]).toEqual([422, 501]);
});
