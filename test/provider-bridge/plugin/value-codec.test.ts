import { encode } from "@msgpack/msgpack";
import { decodeValue, encodeValue } from "../../../provider-bridge/plugin/value-codec";
import { Dynamic, UNKNOWN, type Value, type ValueType } from "../../../provider-bridge/plugin/values";

const type: ValueType = [
  "object",
  {
    name: "string",
    count: "number",
    on: "bool",
    any: "dynamic",
    tags: ["set", "string"],
    map: ["map", ["list", "number"]],
    rules: ["list", ["object", { port: "string", peers: ["set", "string"] }]],
  },
];

describe("values on the wire", () => {
  test("come back as they were", () => {
    const value = {
      name: "www",
      count: 3,
      on: false,
      any: new Dynamic(["tuple", ["string", "number"]], ["a", 1]),
      tags: ["a", "b"],
      map: { x: [1, 2] },
      rules: [{ port: "80", peers: [] }],
    };
    expect(decodeValue(type, encodeValue(type, value))).toEqual(value);
  });

  test("have every attribute of their type", () => {
    expect(decodeValue(type, encodeValue(type, { name: "www", rules: [{}] }))).toEqual({
      name: "www",
      count: null,
      on: null,
      any: null,
      tags: null,
      map: null,
      rules: [{ port: null, peers: null }],
    });
  });

  test("may be unknown at any depth", () => {
    const value = { name: UNKNOWN, tags: ["a", UNKNOWN], rules: UNKNOWN };
    const back = decodeValue(type, encodeValue(type, value)) as Record<string, Value>;
    expect([back.name, back.tags, back.rules]).toEqual([UNKNOWN, ["a", UNKNOWN], UNKNOWN]);
  });

  test("are unknown also when something is known about them (refined unknown, extension 12)", () => {
    const refined = Buffer.from([0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2]);
    expect(decodeValue("string", { msgpack: refined })).toBe(UNKNOWN);
  });

  test("keep the type that the configuration chose for a dynamic value", () => {
    const wire = encode([Buffer.from('["list","string"]'), ["on"]]);
    const value = decodeValue("dynamic", { msgpack: wire });
    expect(value).toEqual(new Dynamic(["list", "string"], ["on"]));
    expect(Buffer.from(encodeValue("dynamic", value).msgpack!)).toEqual(Buffer.from(wire));
  });

  test("carry fractions as decimal text, so that 79.9 stays 79.9", () => {
    expect(encodeValue("number", 79.9).msgpack).toEqual(Buffer.from(encode("79.9")));
    expect(decodeValue("number", { msgpack: encode("79.9") })).toBe(79.9);
    expect(encodeValue("number", 80).msgpack).toEqual(Buffer.from(encode(80)));
  });

  test("are null when nothing is there", () => {
    expect(decodeValue(type, {})).toBeNull();
    expect(decodeValue(type, encodeValue(type, null))).toBeNull();
  });

  test("are read from the JSON of a state file, without what the type does not know", () => {
    const json = Buffer.from(JSON.stringify({ name: "www", old: 1, any: { type: "string", value: "on" }, count: 1.5 }));
    expect(decodeValue(type, { json })).toMatchObject({ name: "www", any: new Dynamic("string", "on"), count: 1.5 });
    expect(decodeValue(type, { json })).not.toHaveProperty("old");
  });
});
