import { routesNear } from "../../../local-cloud/api/unknown-route";
import { startCloudflare } from "./cloudflare-under-test";
import { startDigitalOcean } from "./digital-ocean-under-test";

const routes = [
  { method: "GET", path: "/v2/droplets" },
  { method: "GET", path: "/v2/droplets/:droplet" },
  { method: "POST", path: "/v2/droplets/:droplet/actions" },
  { method: "GET", path: "/v2/tags" },
];

test("the routes that share the longest beginning are named", () => {
  expect(routesNear("/v2/droplets/1/kernels", routes)).toEqual([
    "GET /v2/droplets/:droplet",
    "POST /v2/droplets/:droplet/actions",
  ]);
});

test("only their beginnings are named when they are many", () => {
  const many = Array.from({ length: 20 }, (_, number) => ({ method: "GET", path: `/v2/tags/${number}` }));
  expect(routesNear("/v2/kubernetes", [...routes, ...many])).toEqual(["/v2/droplets", "/v2/tags"]);
});

test("DigitalOcean's API answers 501 to what it does not emulate, naming it and what is near", async () => {
  const cloud = await startDigitalOcean();
  try {
    const { status, body } = await cloud.call("GET", "/v2/droplets/1/kernels");
    expect(status).toBe(501);
    expect(body.message).toContain("GET /v2/droplets/1/kernels is not emulated by the local cloud");
    expect(body.message).toContain("GET /v2/droplets/:droplet/actions");
    expect((await cloud.call("POST", "/v2/kubernetes/clusters", {})).body.message).toContain("/v2/droplets");
    expect((await cloud.call("GET", "/v2/droplets/1")).status).toBe(404);
  } finally {
    await cloud.api.close();
  }
});

test("so does Cloudflare's", async () => {
  const cloud = await startCloudflare();
  try {
    const { status, body } = await cloud.call("GET", "/client/v4/zones/z/load_balancers");
    expect([status, body.success]).toEqual([501, false]);
    expect(body.errors[0].message).toContain("GET /client/v4/zones/z/load_balancers is not emulated");
  } finally {
    await cloud.api.close();
  }
});
