import fc from "fast-check";
import { AddressRange } from "../../modules/address-range";

const range = (text: string) => AddressRange.parse(text);

/** Any range, as text. */
const ranges = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 32 })).map(([address, prefix]) => {
  const first = address - (address % 2 ** (32 - prefix));
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
});

test("ranges overlap when they share an address", () => {
  expect(range("10.244.128.0/20").overlaps(range("10.244.0.0/16"))).toBe(true);
  expect(range("10.0.0.0/8").overlaps(range("10.246.0.0/24"))).toBe(true);
  expect(range("10.243.0.0/16").overlaps(range("10.244.0.0/16"))).toBe(false);
  expect(range("255.255.255.0/24").overlaps(range("0.0.0.0/8"))).toBe(false);
});

test("of two ranges that overlap, one contains the other", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const either = range(a).contains(range(b)) || range(b).contains(range(a));
      expect(range(a).overlaps(range(b))).toBe(either);
      expect(range(b).overlaps(range(a))).toBe(either);
    }),
  );
});

test("a range reads as it was written", () => {
  fc.assert(fc.property(ranges, (text) => expect(range(text).toString()).toBe(text)));
});

test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.1/24", "300.0.0.0/8", "fd00::/48", "10.0.0.0/24\nfoo"])(
  'fails to read "%s"',
  (text) => expect(() => range(text)).toThrow(/^must be /),
);
