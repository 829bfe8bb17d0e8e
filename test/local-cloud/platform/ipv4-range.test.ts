import fc from "fast-check";
import {
  addressInRange,
  formatIpv4,
  mergeRanges,
  netmaskOf,
  parseIpv4Range,
  type Ipv4Range,
} from "../../../local-cloud/platform/ipv4-range";

describe("parseIpv4Range", () => {
  test.each([
    ["10.20.0.0/20", "10.20.0.0", "10.20.15.255"],
    ["203.0.113.9", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.77/8", "10.0.0.0", "10.255.255.255"],
    ["0.0.0.0/0", "0.0.0.0", "255.255.255.255"],
  ])("reads %s", (text, first, last) => {
    const range = parseIpv4Range(text)!;
    expect([formatIpv4(range.first), formatIpv4(range.last)]).toEqual([first, last]);
  });

  test("leaves IPv6 aside", () => expect(parseIpv4Range("2001:db8::/32")).toBeUndefined());

  test.each(["10.0.0", "10.0.0.256", "10.0.0.0/33", "localhost", "10.0.0.1/8 x", ""])("fails for %j", (text) => {
    expect(() => parseIpv4Range(text)).toThrow("address: must be IPv4 or IPv6");
  });
});

describe("mergeRanges", () => {
  const ranges = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 })).map(([first, size]): Ipv4Range => {
      return { first, last: first + size };
    }),
  );
  const members = (list: readonly Ipv4Range[]) =>
    new Set(list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));

  test("keeps exactly the addresses, in ranges with a gap between them", () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const merged = mergeRanges(list);
        expect(members(merged)).toEqual(members(list));
        for (const [index, range] of merged.entries()) {
          if (index > 0) expect(range.first).toBeGreaterThan(merged[index - 1]!.last + 1);
        }
      }),
    );
  });
});

test("addressInRange counts from the network's own address", () => {
  expect(addressInRange("10.20.0.0/20", 1)).toBe("10.20.0.1");
  expect(addressInRange("10.20.0.0/20", 256)).toBe("10.20.1.0");
});

test("fails for an address beyond the range", () => {
  expect(() => addressInRange("10.20.0.0/30", 4)).toThrow("10.20.0.0/30: has no address number 4");
});

test("netmaskOf writes a prefix length as a mask", () => {
  expect(netmaskOf("10.20.0.0/20")).toBe("255.255.240.0");
  expect(netmaskOf("10.20.0.4/32")).toBe("255.255.255.255");
});
