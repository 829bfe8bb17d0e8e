import fc from "fast-check";
import { shortestFloat32 } from "../../../provider-bridge/digitalocean/float32";

test("a number read back as a 32 bit float is sent as it was written", () => {
  expect([0.2, 79.9, 2, 25].map((value) => shortestFloat32(Math.fround(value)))).toEqual([0.2, 79.9, 2, 25]);
});

test("what is sent is the same 32 bit float", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      return Math.fround(shortestFloat32(value)) === Math.fround(value);
    }),
  );
});
