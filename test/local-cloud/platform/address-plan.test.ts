import { addressPlan, macAddresses, serviceNames } from "../../../local-cloud/platform/address-plan";
import { parseIpv4Range } from "../../../local-cloud/platform/ipv4-range";

const ranges = ["internet", "reserved", "edge", "public", "anchor"] as const;

test("no two ranges of the plan overlap", () => {
  const sorted = ranges.map((name) => parseIpv4Range(addressPlan[name].range)!).sort((a, b) => a.first - b.first);
  for (const [index, range] of sorted.entries()) {
    if (index > 0) expect(range.first).toBeGreaterThan(sorted[index - 1]!.last);
  }
});

test("every address of the plan is in the range that it belongs to", () => {
  for (const name of ranges) {
    const { first, last } = parseIpv4Range(addressPlan[name].range)!;
    const inside = JSON.stringify(addressPlan[name]).match(/\d+\.\d+\.\d+\.\d+(?=")/g) ?? [];
    for (const text of inside.filter((text) => !text.startsWith("255."))) {
      const address = parseIpv4Range(text)!.first;
      expect([name, text, address >= first && address <= last]).toEqual([name, text, true]);
    }
  }
});

test("the names of the cloud's services lead to the internet's range, where the firewalls let them be reached", () => {
  const { first, last } = parseIpv4Range(addressPlan.internet.range)!;
  for (const address of Object.values(serviceNames).flat()) {
    const { first: value } = parseIpv4Range(address)!;
    expect(value >= first && value <= last).toBe(true);
  }
});

test("hardware addresses are locally administered and differ by interface and node", () => {
  expect(macAddresses("203.0.113.10")).toEqual({ public: "02:00:cb:00:71:0a", private: "02:01:cb:00:71:0a" });
});
