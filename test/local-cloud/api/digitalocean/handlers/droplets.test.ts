import { makeDroplet, startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const order = { name: "web-1", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGVleGFt";

let cloud: DigitalOceanUnderTest;
afterEach(() => cloud.api.close());

describe("a new droplet", () => {
  test("is new, locked and without addresses until its machine is on, then active", async () => {
    cloud = await startDigitalOcean();
    let finish = (): void => undefined;
    cloud.platform.onCall("machines.create", () => new Promise<void>((resolve) => (finish = resolve)));
    const { droplet, links } = (await cloud.call("POST", "/v2/droplets", order)).body;
    expect(droplet).toMatchObject({ status: "new", locked: true, networks: { v4: [] } });
    expect((await cloud.call("GET", `/v2/actions/${links.actions[0].id}`)).body.action.status).toBe("in-progress");
    expect((await cloud.call("DELETE", `/v2/droplets/${droplet.id}`)).body.message).toBe(
      "Droplet already has a pending event.",
    );
    finish();
    await settle();
    const active = (await cloud.call("GET", `/v2/droplets/${droplet.id}`)).body.droplet;
    expect(active).toMatchObject({ status: "active", locked: false });
    expect(active.networks.v4.map(({ ip_address, type }: any) => [type, ip_address])).toEqual([
      ["private", "10.100.0.5"],
      ["public", "203.0.113.10"],
    ]);
    expect((await cloud.call("GET", `/v2/actions/${links.actions[0].id}`)).body.action).toMatchObject({
      type: "create",
      status: "completed",
    });
  });

  test("is handed to the platform with everything it needs, after its firewall", async () => {
    cloud = await startDigitalOcean();
    await cloud.call("POST", "/v2/tags", { name: "web" });
    const inbound = [{ protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0"] } }];
    await cloud.call("POST", "/v2/firewalls", { name: "web", inbound_rules: inbound, tags: ["web"] });
    const { ssh_key: key } = (await cloud.call("POST", "/v2/account/keys", { name: "ops", public_key: publicKey }))
      .body;
    const vpc = (await cloud.call("POST", "/v2/vpcs", { name: "v", region: "fra1", ip_range: "10.20.0.0/24" })).body
      .vpc;
    const fields = { tags: ["web"], ssh_keys: [key.id], user_data: "#cloud-config\n", vpc_uuid: vpc.id };
    const droplet = await makeDroplet(cloud, fields);
    const calls = cloud.platform.calls.map(({ name }) => name).filter((name) => /create$|setFirewall/.test(name));
    expect(calls).toEqual(["network.setFirewall", "machines.create"]);
    expect(cloud.platform.callsOf("machines.create")[0]?.args[0]).toEqual({
      id: droplet["id"],
      name: "web-1",
      image: "debian-13-x64",
      region: "fra1",
      memoryMiB: 1024,
      vcpus: 1,
      vpc: { uuid: vpc.id, ipRange: "10.20.0.0/24" },
      publicAddress: "203.0.113.10",
      anchorAddress: "10.17.0.10",
      privateAddress: "10.20.0.5",
      userData: "#cloud-config\n",
      publicKeys: [publicKey],
      tags: ["web"],
    });
  });

  test("makes tags that do not exist yet", async () => {
    cloud = await startDigitalOcean();
    await makeDroplet(cloud, { tags: ["ghost"] });
    expect((await cloud.call("GET", "/v2/tags/ghost")).body.tag.resources.droplets.count).toBe(1);
  });

  test("fails when the platform cannot make it: it vanishes, its action is errored, and nothing is left", async () => {
    cloud = await startDigitalOcean();
    cloud.platform.onCall("machines.create", async () => {
      throw new Error("no memory");
    });
    const { droplet, links } = (await cloud.call("POST", "/v2/droplets", order)).body;
    await settle();
    expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).status).toBe(404);
    expect((await cloud.call("GET", `/v2/actions/${links.actions[0].id}`)).body.action.status).toBe("errored");
    expect(cloud.platform.callsOf("machines.destroy")).toHaveLength(1);
    expect(cloud.api.inventory()["droplets"]).toBe(0);
  });

  test("fails when its firewall cannot be set: no machine is made without it", async () => {
    cloud = await startDigitalOcean();
    await cloud.call("POST", "/v2/tags", { name: "web" });
    const inbound = [{ protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0"] } }];
    await cloud.call("POST", "/v2/firewalls", { name: "web", inbound_rules: inbound, tags: ["web"] });
    cloud.platform.onCall("network.setFirewall", async () => {
      throw new Error("nft says no");
    });
    const { droplet } = (await cloud.call("POST", "/v2/droplets", { ...order, tags: ["web"] })).body;
    await settle();
    expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).status).toBe(404);
    expect(cloud.platform.callsOf("machines.create")).toEqual([]);
    expect((await cloud.call("GET", "/v2/firewalls")).body.firewalls[0].status).toBe("succeeded");
  });

  test.each([
    ["region", { region: "mars1" }, "You specified an invalid region for Droplet creation."],
    ["size", { size: "s-1" }, "You specified an invalid size for Droplet creation."],
    ["image", { image: "windows" }, "You specified an invalid image for Droplet creation."],
    ["name", { name: "web_1" }, "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"],
    ["SSH key", { ssh_keys: ["aa:bb", 7] }, "aa:bb, 7 are invalid key identifiers for Droplet creation."],
    ["VPC", { vpc_uuid: "nowhere" }, "VPC nowhere does not exist"],
    ["tag", { tags: ["a b"] }, "tag a b: must be 1 to 255 letters, digits, colons, dashes or underscores"],
    ["user data", { user_data: "x".repeat(65537) }, "User data may not exceed 64 KiB"],
  ])("fails with 422 for an unknown or wrong %s", async (_what, fields, message) => {
    cloud = await startDigitalOcean();
    const answer = await cloud.call("POST", "/v2/droplets", { ...order, ...fields });
    expect([answer.status, answer.body.message]).toEqual([422, message]);
    expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
    expect(cloud.api.inventory()).toMatchObject({ droplets: 0, tags: 0 });
  });

  test("fails with 422 beyond the account's limit", async () => {
    cloud = await startDigitalOcean({ dropletLimit: 1 });
    await makeDroplet(cloud);
    const { body } = await cloud.call("POST", "/v2/droplets", order);
    expect(body.message).toBe("creating this/these droplet(s) will exceed your droplet limit");
  });
});

describe("actions", () => {
  test("lock the droplet while they run, and keep others out", async () => {
    cloud = await startDigitalOcean({ latencies: { dropletAction: 5000 } });
    const { id } = await makeDroplet(cloud);
    const actions = `/v2/droplets/${id}/actions`;
    const { action } = (await cloud.call("POST", actions, { type: "power_off" })).body;
    expect(action).toMatchObject({ status: "in-progress", type: "power_off", resource_id: id, completed_at: null });
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({
      locked: true,
      status: "active",
    });
    const refused = await cloud.call("POST", actions, { type: "power_on" });
    expect([refused.status, refused.body.message]).toEqual([422, "Droplet already has a pending event."]);
    await cloud.clock.advance(5000);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({
      locked: false,
      status: "off",
    });
    expect((await cloud.call("GET", `/v2/actions/${action.id}`)).body.action).toMatchObject({
      status: "completed",
      completed_at: "2026-01-15T09:00:05Z",
    });
  });

  test("reach the machine: power off and on, reboot, power cycle", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud);
    for (const type of ["reboot", "power_cycle", "power_off", "power_on"]) {
      expect((await cloud.call("POST", `/v2/droplets/${id}/actions`, { type })).status).toBe(201);
      await settle();
    }
    const done = cloud.platform.calls.map(({ name }) => name).filter((name) => /power|reboot/.test(name));
    expect(done).toEqual(["reboot", "powerOff", "powerOn", "powerOff", "powerOn"].map((name) => `machines.${name}`));
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.status).toBe("active");
  });

  test("shutdown asks the guest and leaves the droplet unlocked until it is off", async () => {
    cloud = await startDigitalOcean({ shutdownLimitSeconds: 90 });
    const { id } = await makeDroplet(cloud);
    cloud.platform.onCall("machines.shutDown", () => cloud.clock.sleep(30_000));
    await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "shutdown" });
    await cloud.clock.advance(29_000);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({
      locked: false,
      status: "active",
    });
    await cloud.clock.advance(1000);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.status).toBe("off");
    expect(cloud.platform.callsOf("machines.shutDown")[0]?.args).toEqual([id, 90]);
  });

  test("shutdown of a droplet that is off is accepted and done", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud);
    await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "power_off" });
    const { body } = await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "shutdown" });
    expect((await cloud.call("GET", `/v2/actions/${body.action.id}`)).body.action.status).toBe("completed");
  });

  test("fail as errored, with the droplet as it was, when the platform refuses", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud);
    cloud.platform.onCall("machines.shutDown", async () => {
      throw new Error("still running after 300 s");
    });
    const { body } = await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "shutdown" });
    expect((await cloud.call("GET", `/v2/actions/${body.action.id}`)).body.action.status).toBe("errored");
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({
      status: "active",
      locked: false,
    });
  });

  test("resize needs a droplet that is off, keeps the disk unless told, and never shrinks it", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud, { size: "s-1vcpu-2gb" });
    const resize = (size: string, disk: boolean) =>
      cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "resize", size, disk });
    expect((await resize("s-2vcpu-4gb", false)).status).toBe(422);
    await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "power_off" });
    expect((await resize("s-1vcpu-1gb", false)).body.message).toBe(
      "This size is not available because it has a smaller disk.",
    );
    expect((await resize("nothing", false)).body.message).toBe("This size is not available in this region.");
    await resize("s-2vcpu-4gb", false);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({ memory: 4096, disk: 50 });
    await resize("s-2vcpu-4gb", true);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet).toMatchObject({
      size_slug: "s-2vcpu-4gb",
      disk: 80,
    });
  });

  test("fail with 422 when they are none of DigitalOcean's", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud);
    const { status, body } = await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "explode" });
    expect(status).toBe(422);
    expect(body.message).toMatch(/^type must be one of power_off, .*, got explode$/);
  });

  test("fail with 501 when they are not emulated, naming those that are", async () => {
    cloud = await startDigitalOcean();
    const { id } = await makeDroplet(cloud);
    const { status, body } = await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "snapshot" });
    expect(status).toBe(501);
    expect(body.message).toContain("known: power_off, power_on, shutdown");
  });
});

test("a guest that goes off or comes up by itself shows in the droplet's status", async () => {
  cloud = await startDigitalOcean();
  const { id } = await makeDroplet(cloud);
  cloud.platform.reportPower(id, false);
  expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.status).toBe("off");
  cloud.platform.reportPower(id, true);
  expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.status).toBe("active");
});

test("a deleted droplet is shown until its machine is gone, and deleting it again changes nothing", async () => {
  cloud = await startDigitalOcean();
  const { id } = await makeDroplet(cloud);
  cloud.platform.onCall("machines.destroy", () => cloud.clock.sleep(2000));
  expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(204);
  expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(204);
  expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(200);
  await cloud.clock.advance(2000);
  expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(404);
  expect(cloud.platform.callsOf("machines.destroy")).toHaveLength(1);
});

test("lists are filtered by tag or name, whatever the case, and paged", async () => {
  cloud = await startDigitalOcean();
  for (const name of ["a", "b", "c"]) await makeDroplet(cloud, { name, tags: name === "c" ? [] : ["Web"] });
  const names = async (query: string): Promise<string[]> =>
    (await cloud.call("GET", `/v2/droplets?${query}`)).body.droplets.map(({ name }: any) => name);
  expect(await names("tag_name=web")).toEqual(["a", "b"]);
  expect(await names("name=B")).toEqual(["b"]);
  expect(await names("tag_name=nobody")).toEqual([]);
  const { body } = await cloud.call("GET", "/v2/droplets?per_page=2&page=1");
  expect(body.meta.total).toBe(3);
  expect(Object.keys(body.links.pages)).toEqual(["next", "last"]);
  const next = new URL(body.links.pages.next);
  expect(await names(next.search.slice(1))).toEqual(["c"]);
  expect((await cloud.call("GET", "/v2/droplets?per_page=2&page=2")).body.links.pages).toHaveProperty("prev");
});

test("the metadata service finds a droplet by any of its addresses", async () => {
  cloud = await startDigitalOcean();
  const { id } = await makeDroplet(cloud, { user_data: "#!/bin/sh\n" });
  for (const address of ["203.0.113.10", "10.17.0.10", "10.100.0.5"]) {
    expect(cloud.api.dropletByAddress(address)).toMatchObject({ id, name: "web-1", userData: "#!/bin/sh\n" });
  }
  expect(cloud.api.dropletByAddress("203.0.113.11")).toBeUndefined();
});

test("a body that is not JSON is answered 400", async () => {
  cloud = await startDigitalOcean();
  const headers = { authorization: "Bearer dop_v1_full" };
  const answer = await fetch(`${cloud.url}/v2/tags`, { method: "POST", headers, body: "{" });
  expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ id: "bad_request" })]);
});
