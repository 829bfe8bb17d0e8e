import { startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(() => cloud.api.close());

test("the account has one project, its default", async () => {
  const { projects, meta } = (await cloud.call("GET", "/v2/projects")).body;
  expect([projects[0].is_default, meta.total]).toEqual([true, 1]);
  expect((await cloud.call("GET", `/v2/projects/${projects[0].id}`)).body.project).toEqual(projects[0]);
  expect((await cloud.call("GET", "/v2/projects/default")).body.project).toEqual(projects[0]);
  expect((await cloud.call("GET", "/v2/projects/7")).status).toBe(404);
});

test("the account owes nothing", async () => {
  const { body } = await cloud.call("GET", "/v2/customers/my/balance");
  expect(body).toMatchObject({ account_balance: "0.00", month_to_date_usage: "0.00", month_to_date_balance: "0.00" });
});
