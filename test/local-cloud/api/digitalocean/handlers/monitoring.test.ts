import { startDigitalOcean, type DigitalOceanUnderTest } from "../../digital-ocean-under-test";

const policy = {
  ...{ type: "v1/insights/droplet/cpu", description: "cpu", compare: "GreaterThan", value: 80, window: "5m" },
  ...{ entities: [], tags: [], enabled: true },
};
const alert = { name: "down", type: "down", period: "2m" };

let cloud: DigitalOceanUnderTest;
let alerts: string;
beforeEach(async () => {
  cloud = await startDigitalOcean({ confirmedEmails: ["ops@example.com"] });
  const check = { name: "www", type: "https", target: "https://www.example.com/" };
  alerts = `/v2/uptime/checks/${(await cloud.call("POST", "/v2/uptime/checks", check)).body.check.id}/alerts`;
});
afterEach(() => cloud.api.close());

const createPolicy = (...email: string[]) =>
  cloud.call("POST", "/v2/monitoring/alerts", { ...policy, alerts: { email, slack: [] } });
const createAlert = (...email: string[]) =>
  cloud.call("POST", alerts, { ...alert, notifications: { email, slack: [] } });

test("alerts go to addresses that are confirmed, the account's own among them", async () => {
  const { email } = (await cloud.call("GET", "/v2/account")).body.account;
  expect((await createPolicy(email, "Ops@example.com")).body.policy.alerts.email).toEqual([email, "Ops@example.com"]);
  expect((await createAlert(email, "ops@example.com")).status).toBe(201);
});

test("fails with 400 for an address that nobody has confirmed, until somebody does", async () => {
  const [refusedPolicy, refusedAlert] = [
    await createPolicy("ops@example.com", "bob@example.net"),
    await createAlert("bob@example.net"),
  ];
  const reason = "invalid email 'bob@example.net': not confirmed for this account";
  expect([refusedPolicy.status, refusedPolicy.body]).toMatchObject([
    400,
    { id: "bad_request", message: `invalid value for field 'alerts.email[1]': ${reason}` },
  ]);
  expect([refusedAlert.status, refusedAlert.body.message]).toEqual([
    400,
    `invalid value for field 'notifications.email[0]': ${reason}`,
  ]);
  cloud.api.confirmEmail("bob@example.net");
  expect([(await createPolicy("bob@example.net")).status, (await createAlert("bob@example.net")).status]).toEqual([
    200, 201,
  ]);
});

test("fails with 400 for a metric that is none, and with 501 for one of what is not here", async () => {
  const create = async (type: string) =>
    (await cloud.call("POST", "/v2/monitoring/alerts", { ...policy, type, alerts: { email: ["ops@example.com"] } }))
      .status;
  expect([
    await create("v1/insights/droplet/explode"),
    await create("v1/insights/lbaas/droplet_health"),
    await create("v1/dbaas/alerts/cpu_alerts"),
  ]).toEqual([400, 501, 200]);
});
