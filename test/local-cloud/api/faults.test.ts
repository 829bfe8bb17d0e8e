import { startDigitalOcean, type DigitalOceanUnderTest } from "./digital-ocean-under-test";
import { settle } from "./fake-clock";

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(() => cloud.api.close());

test("an answer is replaced for as many requests as it is told to", async () => {
  const body = { id: "server_error", message: "broken" };
  cloud.api.faults.set([{ path: /^\/v2\/tags$/, times: 1, behaviour: { kind: "respond", status: 500, body } }]);
  expect(await cloud.call("GET", "/v2/tags")).toMatchObject({ status: 500, body });
  expect((await cloud.call("GET", "/v2/tags")).status).toBe(200);
});

test("only requests of the method, path and client are hit", async () => {
  const behaviour = { kind: "respond", status: 503 } as const;
  cloud.api.faults.set([
    { method: "POST", behaviour },
    { path: /vpcs/, behaviour },
    { from: "192.0.2.9", behaviour },
  ]);
  expect((await cloud.call("GET", "/v2/tags")).status).toBe(200);
  expect((await cloud.call("GET", "/v2/vpcs")).status).toBe(503);
  expect((await cloud.call("POST", "/v2/tags", { name: "web" })).status).toBe(503);
});

test("a request that is dropped has no effect", async () => {
  cloud.api.faults.set([{ times: 1, behaviour: { kind: "drop" } }]);
  await expect(cloud.call("POST", "/v2/tags", { name: "web" })).rejects.toThrow();
  expect((await cloud.call("GET", "/v2/tags")).body.tags).toEqual([]);
});

test("a request whose answer is dropped has its effect, and survives being repeated", async () => {
  cloud.api.faults.set([{ times: 1, behaviour: { kind: "drop-answer" } }]);
  await expect(cloud.call("POST", "/v2/tags", { name: "web" })).rejects.toThrow();
  expect((await cloud.call("POST", "/v2/tags", { name: "web" })).status).toBe(201);
  expect((await cloud.call("GET", "/v2/tags")).body.tags).toHaveLength(1);
});

test("a delayed request is answered after the delay, and others meanwhile", async () => {
  cloud.api.faults.set([{ path: /vpcs/, behaviour: { kind: "delay", milliseconds: 5000 } }]);
  let answered = false;
  const slow = cloud.call("GET", "/v2/vpcs").then(() => {
    answered = true;
  });
  expect((await cloud.call("GET", "/v2/tags")).status).toBe(200);
  await settle();
  expect(answered).toBe(false);
  await cloud.clock.advance(5000);
  await slow;
});

test("an empty list turns every fault off", async () => {
  cloud.api.faults.set([{ behaviour: { kind: "respond", status: 503 } }]);
  cloud.api.faults.set([]);
  expect((await cloud.call("GET", "/v2/tags")).status).toBe(200);
});
