import { isList, Dynamic, isObject, isUnknown, type Value, type ValueType } from "./values";

export interface Sameness {
  /**
   * Whether `""`, `0`, `false` and empty collections are the same as null. The plugin SDK v2, which the DigitalOcean
   * provider is built on, cannot tell them apart; the newer framework can.
   *
   * @default false
   */
  readonly zeroIsNull?: boolean;
}

/** Whether two values of a type are the same; sets are compared without order, an unknown value is never the same. */
export function sameValue(type: ValueType, left: Value, right: Value, sameness: Sameness = {}): boolean {
  const a = canonicalText(type, left, sameness);
  return !a.includes(unknownText) && a === canonicalText(type, right, sameness);
}

/** NUL cannot be in a JSON text, so no known value can look like this. */
const unknownText = "\u0000";
const nullText = "null";

/** A text that is equal for equal values of a type. */
function canonicalText(type: ValueType, value: Value | undefined, sameness: Sameness): string {
  if (value === undefined || value === null) return nullText;
  if (isUnknown(value)) return unknownText;
  if (value instanceof Dynamic) {
    return `${JSON.stringify(value.type)}:${canonicalText(value.type, value.value, sameness)}`;
  }
  const zero = sameness.zeroIsNull === true;
  if (isList(value)) {
    const texts = value.map((element, index) => canonicalText(elementType(type, index), element, sameness));
    if (zero && texts.length === 0) return nullText;
    return `[${(isSet(type) ? [...new Set(texts)].sort() : texts).join(",")}]`;
  }
  if (isObject(value)) {
    const parts = Object.entries(value)
      .map(([name, inner]) => [name, canonicalText(memberType(type, name), inner, sameness)] as const)
      .filter(([, text]) => text !== nullText)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
    return `{${parts.join(",")}}`;
  }
  return zero && (value === "" || value === 0 || value === false) ? nullText : JSON.stringify(value);
}

function isSet(type: ValueType): boolean {
  return Array.isArray(type) && type[0] === "set";
}

function elementType(type: ValueType, index: number): ValueType {
  if (!Array.isArray(type)) return "dynamic";
  if (type[0] === "tuple") return (type[1] as readonly ValueType[])[index] ?? "dynamic";
  return type[1] as ValueType;
}

function memberType(type: ValueType, name: string): ValueType {
  if (!Array.isArray(type)) return "dynamic";
  if (type[0] === "object") return (type[1] as Record<string, ValueType>)[name] ?? "dynamic";
  return type[1] as ValueType;
}
