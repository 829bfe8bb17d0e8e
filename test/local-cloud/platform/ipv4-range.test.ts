import fc from "fast-check";
import {
  addressInRange,
  asCidr,
  contains,
  formatIpv4,
  isAddressOrCidr,
  mergeRanges,
  netmaskOf,
  overlap,
  parseIpv4,
  parseIpv4Range,
  parseNetwork,
  tryParseNetwork,
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

test("a network has two ends", () => {
  expect(parseNetwork("10.20.0.0/20")).toEqual({
    first: parseIpv4("10.20.0.0"),
    last: parseIpv4("10.20.15.255"),
    prefix: 20,
  });
  expect(netmaskOf("10.20.0.0/20")).toBe("255.255.240.0");
});

test("fails on what is no network", () => {
  for (const text of ["10.20.0.1/20", "10.20.0.0", "10.20.0.0/33", "10.20.0.0/20/1", "::/0", "10.20.0/20", "a/b"]) {
    expect(tryParseNetwork(text)).toBeUndefined();
  }
  expect(() => parseNetwork("x")).toThrow("network: must be an IPv4 range such as 10.20.0.0/20, got x");
});

test("addresses are numbers and back", () => {
  fc.assert(fc.property(fc.ipV4(), (address) => formatIpv4(parseIpv4(address)) === address));
});

test("networks overlap exactly when one contains the other", () => {
  const network = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([address, prefix]) => {
    const size = 2 ** (32 - prefix);
    return parseNetwork(`${formatIpv4(Math.floor(parseIpv4(address) / size) * size)}/${prefix}`);
  });
  fc.assert(fc.property(network, network, (a, b) => overlap(a, b) === (contains(a, b) || contains(b, a))));
});

test("addresses and ranges of both families are told from other text", () => {
  for (const good of ["192.0.2.1", "192.0.2.0/24", "::1", "2001:db8::/32", "0.0.0.0/0"]) {
    expect(isAddressOrCidr(good)).toBe(true);
  }
  for (const bad of ["", "web", "192.0.2.0/33", "::/129", "192.0.2.1/24/1", "192.0.2.1/x"]) {
    expect(isAddressOrCidr(bad)).toBe(false);
  }
  expect([asCidr("192.0.2.1"), asCidr("::1"), asCidr("10.0.0.0/8")]).toEqual(["192.0.2.1/32", "::1/128", "10.0.0.0/8"]);
});
