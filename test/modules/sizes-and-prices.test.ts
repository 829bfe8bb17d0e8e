import {
  isDatabaseSize,
  isDropletSize,
  memoryGib,
  monthlyPriceUsd,
  poolCapacity,
} from "../../modules/sizes-and-prices";

test("prices add up, to the cent", () => {
  const machines = [
    { count: 3, size: "db-s-1vcpu-1gb" },
    { count: 2, size: "s-1vcpu-1gb" },
  ];
  expect(monthlyPriceUsd(machines)).toBe(57.45);
});

test("there is no estimate when one price is not known", () => {
  const machines = [
    { count: 1, size: "s-1vcpu-1gb" },
    { count: 1, size: "g-2vcpu-8gb" },
  ];
  expect(monthlyPriceUsd(machines)).toBeUndefined();
});

test.each([
  "s-1vcpu-1gb",
  "s-1vcpu-512mb-10gb",
  "s-2vcpu-4gb-amd",
  "g-2vcpu-8gb",
  "c-2",
  "so1_5-4vcpu-32gb",
  "m3-2vcpu-16gb",
])("%s is a droplet size", (slug) => expect(isDropletSize(slug)).toBe(true));

test.each(["", "large", "db-s-1vcpu-2gb", "S-1VCPU-1GB", "s-1vcpu-1gb ", "s-1vcpu"])(
  'fails to take "%s" for a droplet size',
  (slug) => expect(isDropletSize(slug)).toBe(false),
);

test.each(["db-s-1vcpu-2gb", "db-amd-2vcpu-4gb", "db-intel-4vcpu-8gb", "gd-2vcpu-8gb", "so1_5-2vcpu-16gb"])(
  "%s is a database plan",
  (slug) => expect(isDatabaseSize(slug)).toBe(true),
);

test.each(["", "s-1vcpu-1gb", "db-s-1vcpu", "db large"])('fails to take "%s" for a database plan', (slug) =>
  expect(isDatabaseSize(slug)).toBe(false),
);

test("memory is read from the slug where it tells", () => {
  expect(memoryGib("db-s-2vcpu-4gb")).toBe(4);
  expect(memoryGib("s-1vcpu-512mb-10gb")).toBe(0.5);
  expect(memoryGib("c-2")).toBeUndefined();
});

test("pools share 25 connections for each GiB less 3", () => {
  expect(poolCapacity("db-s-1vcpu-2gb")).toBe(47);
  expect(poolCapacity("db-s-4vcpu-8gb")).toBe(197);
});
