import fc from "fast-check";
import {
  addressNumber,
  addressText,
  asCidr,
  contains,
  isAddressOrCidr,
  netmask,
  overlap,
  parseNetwork,
  tryParseNetwork,
} from "../../../local-cloud/api/cidr";

test("a network has two ends", () => {
  expect(parseNetwork("10.20.0.0/20")).toEqual({
    first: addressNumber("10.20.0.0"),
    last: addressNumber("10.20.15.255"),
    prefix: 20,
  });
  expect(netmask(20)).toBe("255.255.240.0");
});

test("fails on what is no network", () => {
  for (const text of ["10.20.0.1/20", "10.20.0.0", "10.20.0.0/33", "10.20.0.0/20/1", "::/0", "10.20.0/20", "a/b"]) {
    expect(tryParseNetwork(text)).toBeUndefined();
  }
  expect(() => parseNetwork("x")).toThrow("network: must be an IPv4 range such as 10.20.0.0/20, got x");
});

test("addresses are numbers and back", () => {
  fc.assert(fc.property(fc.ipV4(), (address) => addressText(addressNumber(address)) === address));
});

test("networks overlap exactly when one contains the other", () => {
  const network = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([address, prefix]) => {
    const size = 2 ** (32 - prefix);
    return parseNetwork(`${addressText(Math.floor(addressNumber(address) / size) * size)}/${prefix}`);
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
