import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(() => cloud.api.close());

const namesOf = async (list: string, query: string): Promise<string[]> =>
  (await cloud.call("GET", `/v2/${list}?${query}`)).body[list].map(({ slug, name }: any) => slug ?? name);

test.each([
  ["type=distribution", ["debian-12-x64", "debian-13-x64", "ubuntu-24-04-x64"]],
  ["private=false", ["debian-12-x64", "debian-13-x64", "ubuntu-24-04-x64"]],
  ["type=application", []],
  ["private=true", []],
  ["tag_name=base", []],
])("images are filtered by %s", async (query, slugs) => {
  expect(await namesOf("images", query)).toEqual(slugs);
});

test("droplets are filtered by their type", async () => {
  await makeDroplet(cloud, { name: "web-1" });
  expect([await namesOf("droplets", "type=droplets"), await namesOf("droplets", "type=gpus")]).toEqual([["web-1"], []]);
});

test.each(["images", "droplets"])("fails with 422 for %s of a type that is none", async (list) => {
  expect((await cloud.call("GET", `/v2/${list}?type=explode`)).status).toBe(422);
});
