import { decode, encode, ExtensionCodec } from "@msgpack/msgpack";
import { Dynamic, isObject, UNKNOWN, Unknown, type Value, type ValueType } from "./values";

/** The message `DynamicValue` of the plugin protocol. */
export interface WireValue {
  readonly msgpack?: Uint8Array;
  readonly json?: Uint8Array;
}

/** Extension 0 is an unknown value; 12 one with refinements, which are not used here. */
const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
extensionCodec.register({ type: 12, encode: () => null, decode: () => UNKNOWN });

/** Reads a value of the given type from the wire (MessagePack, or JSON as in a state file). */
export function decodeValue(type: ValueType, wire: WireValue | undefined): Value {
  if (wire?.msgpack?.length) return fromMsgpack(type, decode(wire.msgpack, { extensionCodec }));
  if (wire?.json?.length) return fromStateJson(type, JSON.parse(Buffer.from(wire.json).toString("utf8")));
  return null;
}

/** Writes a value for the wire. What the type knows and the value leaves out goes as null. */
export function encodeValue(type: ValueType, value: Value): WireValue {
  return { msgpack: Buffer.from(encode(toMsgpack(type, value), { extensionCodec })) };
}

function fromMsgpack(type: ValueType, raw: unknown): Value {
  if (raw instanceof Unknown) return UNKNOWN;
  if (raw === null || raw === undefined) return null;
  // Fractions arrive as decimal text, because Terraform's numbers are wider than a double.
  if (type === "number") return typeof raw === "string" ? Number(raw) : (raw as number);
  if (type === "dynamic") {
    const [typeJson, inner] = raw as [Uint8Array, unknown];
    const innerType = JSON.parse(Buffer.from(typeJson).toString("utf8")) as ValueType;
    return new Dynamic(innerType, fromMsgpack(innerType, inner));
  }
  if (typeof type === "string") return raw as Value;
  return mapMembers(type, raw, fromMsgpack);
}

/** A state file writes a dynamic value as `{"value": …, "type": …}` and everything else as plain JSON. */
function fromStateJson(type: ValueType, raw: unknown): Value {
  if (raw === null || raw === undefined) return null;
  if (type === "dynamic") {
    const { type: innerType, value } = raw as { type: ValueType; value: unknown };
    return new Dynamic(innerType, fromStateJson(innerType, value));
  }
  if (typeof type === "string") return raw as Value;
  return mapMembers(type, raw, fromStateJson);
}

function toMsgpack(type: ValueType, value: Value | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof Unknown) return value;
  if (type === "dynamic") {
    const { type: innerType, value: inner } = value as Dynamic;
    return [Buffer.from(JSON.stringify(innerType)), toMsgpack(innerType, inner)];
  }
  // As text a fraction means the same decimal number that the configuration holds; as a double it would not.
  if (type === "number") return Number.isInteger(value) ? value : String(value);
  if (typeof type === "string") return value;
  return mapMembers(type, value, toMsgpack);
}

/** Applies `convert` to each member of a collection with that member's type; objects get every attribute. */
function mapMembers(
  type: Exclude<ValueType, string>,
  raw: unknown,
  convert: (type: ValueType, raw: any) => unknown,
): any {
  switch (type[0]) {
    case "list":
    case "set":
      return (raw as unknown[]).map((element) => convert(type[1], element));
    case "tuple":
      return (raw as unknown[]).map((element, index) => convert(type[1][index] ?? "dynamic", element));
    case "map":
      return Object.fromEntries(Object.entries(raw as object).map(([key, inner]) => [key, convert(type[1], inner)]));
    case "object": {
      const members = isObject(raw as Value) ? (raw as Record<string, unknown>) : {};
      return Object.fromEntries(Object.entries(type[1]).map(([name, inner]) => [name, convert(inner, members[name])]));
    }
  }
}
