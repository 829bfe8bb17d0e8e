import fc from "fast-check";
import { sameValue } from "../../../provider-bridge/plugin/same-value";
import { Dynamic, UNKNOWN, type ValueType } from "../../../provider-bridge/plugin/values";

const tags: ValueType = ["set", "string"];
const rules: ValueType = ["set", ["object", { port: "string", tags }]];

describe("two values", () => {
  test("are the same as sets in any order, at any depth", () => {
    expect(sameValue(tags, ["a", "b"], ["b", "a"])).toBe(true);
    const left = [
      { port: "80", tags: ["a", "b"] },
      { port: "443", tags: null },
    ];
    const right = [
      { port: "443", tags: null },
      { port: "80", tags: ["b", "a"] },
    ];
    expect(sameValue(rules, left, right)).toBe(true);
  });

  test("are the same as sets however they are shuffled", () => {
    const shuffled = fc
      .uniqueArray(fc.string())
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(fc.property(shuffled, ([list, other]) => sameValue(tags, list, other)));
  });

  test("are not the same as lists in another order", () => {
    expect(sameValue(["list", "string"], ["a", "b"], ["b", "a"])).toBe(false);
  });

  test("are never the same when one is unknown, not even to itself", () => {
    expect(sameValue("string", UNKNOWN, UNKNOWN)).toBe(false);
    expect(sameValue(tags, ["a", UNKNOWN], ["a", UNKNOWN])).toBe(false);
  });

  test("are the same as null when they are zero, only if asked", () => {
    const zeros: [ValueType, any][] = [
      ["string", ""],
      ["number", 0],
      ["bool", false],
      [tags, []],
    ];
    for (const [type, zero] of zeros) {
      expect(sameValue(type, zero, null, { zeroIsNull: true })).toBe(true);
      expect(sameValue(type, zero, null)).toBe(false);
    }
  });

  test("differ by their type if it is dynamic", () => {
    expect(sameValue("dynamic", new Dynamic("string", "1.2"), new Dynamic("number", 1.2))).toBe(false);
    expect(sameValue("dynamic", new Dynamic("string", "on"), new Dynamic("string", "on"))).toBe(true);
  });

  test("cannot be confused by what is inside strings", () => {
    expect(sameValue(["list", "string"], ["a,b"], ["a", "b"])).toBe(false);
    expect(sameValue(["list", "string"], ['a","b'], ["a", "b"])).toBe(false);
  });
});
