import { expectedEmails, expectedZones } from "../../../local-cloud/cli/synthesized-stacks";

const record = (zone: string, name: string) => ({ zone_id: zone, name });

test("a zone is named by the two last labels of its only record", () => {
  const stack = { resource: { cloudflare_dns_record: { a: record("z1", "www.example.com") } } };
  expect(expectedZones(stack)).toEqual([{ id: "z1", name: "example.com" }]);
});

test("a zone is named by the domain that its records share", () => {
  const stack = {
    resource: {
      cloudflare_dns_record: { a: record("z1", "www.shop.example.com"), b: record("z1", "shop.example.com") },
    },
  };
  expect(expectedZones(stack)).toEqual([{ id: "z1", name: "shop.example.com" }]);
});

test("a zone without records gets a name of its own, and resources of other providers are not looked at", () => {
  const stack = {
    resource: {
      cloudflare_zone_setting: { tls: { zone_id: "0123456789abcdef" } },
      other_thing: { x: { zone_id: "no" } },
    },
  };
  expect(expectedZones(stack)).toEqual([{ id: "0123456789abcdef", name: "01234567.example" }]);
});

test("a stack without Cloudflare expects no zone", () => {
  expect(expectedZones({})).toEqual([]);
});

test("the addresses of all alerts are expected to be confirmed, but not one that Terraform learns later", () => {
  const stack = {
    resource: {
      digitalocean_monitor_alert: { cpu: { alerts: { email: ["ops@example.com"] } } },
      digitalocean_uptime_alert: {
        down: { notifications: [{ email: ["boss@example.com", "${data.digitalocean_account.account.email}"] }] },
      },
      digitalocean_droplet: { web: { email: ["no@example.com"] } },
    },
  };
  expect(expectedEmails(stack)).toEqual(["ops@example.com", "boss@example.com"]);
});

test("a stack without alerts expects no address", () => {
  expect(expectedEmails({})).toEqual([]);
});
