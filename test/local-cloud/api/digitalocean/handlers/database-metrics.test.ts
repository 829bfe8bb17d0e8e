import { startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";
import { settle } from "../../fake-clock";

const CREDENTIALS = "/v2/databases/metrics/credentials";
const order = { name: "main", engine: "pg", version: "17", size: "db-s-1vcpu-2gb", region: "fra1", num_nodes: 2 };

let cloud: DigitalOceanUnderTest;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(() => cloud.api.close());

const logins = () => cloud.platform.callsOf("databases.setMetricsLogin").map(({ args }) => args);

test("a cluster names its metrics endpoint, and the account has one login for all of them", async () => {
  const { database } = (await cloud.call("POST", "/v2/databases", order)).body;
  await settle();
  expect(database.metrics_endpoints).toEqual([{ host: database.connection.host, port: 9273 }]);
  const { credentials } = (await cloud.call("GET", CREDENTIALS)).body;
  expect(logins()).toEqual([[credentials.basic_auth_username, credentials.basic_auth_password]]);
});

test("another login holds from then on", async () => {
  const credentials = { basic_auth_username: "prometheus", basic_auth_password: "other" };
  expect((await cloud.call("PUT", CREDENTIALS, { credentials })).status).toBe(204);
  expect((await cloud.call("GET", CREDENTIALS)).body).toEqual({ credentials });
  expect(logins()).toEqual([["prometheus", "other"]]);
});

test("fails for a login that basic authentication cannot carry", async () => {
  const credentials = { basic_auth_username: "a:b", basic_auth_password: "other" };
  const { status, body } = await cloud.call("PUT", CREDENTIALS, { credentials });
  expect([status, body.message]).toEqual([422, "credentials.basic_auth_username: must be without a colon"]);
});
