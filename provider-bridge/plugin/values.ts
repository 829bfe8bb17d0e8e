/**
 * Values and types of Terraform's type system ("cty") as plain JavaScript: null, strings, numbers, booleans, arrays
 * (lists, sets and tuples) and objects (objects and maps), plus the two things JavaScript has no word for.
 */

/** A value that is known only after apply. There is one instance, `UNKNOWN`. */
export class Unknown {
  /** Sets the class apart from other objects for the type checker. */
  readonly isKnown = false;

  toString(): string {
    return "(known after apply)";
  }
}

export const UNKNOWN = new Unknown();

/** A value of an attribute whose type the configuration chooses. */
export class Dynamic {
  constructor(
    readonly type: ValueType,
    readonly value: Value,
  ) {}
}

export type Value =
  null | string | number | boolean | Unknown | Dynamic | readonly Value[] | { readonly [name: string]: Value };

/** Attributes and blocks of one object, by name. */
export type Values = Readonly<Record<string, Value>>;

/** A type in the notation of Terraform's JSON, for example `["list", "string"]`. */
export type ValueType =
  | "string"
  | "number"
  | "bool"
  | "dynamic"
  | readonly ["list" | "set" | "map", ValueType]
  | readonly ["object", { readonly [name: string]: ValueType }]
  | readonly ["tuple", readonly ValueType[]];

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

/** Whether a value or anything inside it is unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (isUnknown(value)) return true;
  if (value instanceof Dynamic) return hasUnknown(value.value);
  if (isList(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** The list, set or tuple in `value`; narrower than `Array.isArray` for arrays that are read-only. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The object or map in `value`; narrower than `typeof`, which also says "object" of the special values. */
export function isObject(value: Value | undefined): value is Values {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof Dynamic)
  );
}

/** Replaces what is unknown, at any depth, by null: what is left of a plan when the provider has answered. */
export function withoutUnknown(value: Value | undefined): Value {
  if (value === undefined || isUnknown(value)) return null;
  if (value instanceof Dynamic) return new Dynamic(value.type, withoutUnknown(value.value));
  if (isList(value)) return value.map(withoutUnknown);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutUnknown(inner)]));
}

/** The type that a JSON value has when nothing else is said about it, as Terraform infers it for literals. */
export function typeOfJson(json: unknown): ValueType {
  if (typeof json === "string") return "string";
  if (typeof json === "number") return "number";
  if (typeof json === "boolean") return "bool";
  if (Array.isArray(json)) return ["tuple", json.map(typeOfJson)];
  if (typeof json === "object" && json !== null) {
    return ["object", Object.fromEntries(Object.entries(json).map(([name, inner]) => [name, typeOfJson(inner)]))];
  }
  return "dynamic";
}

/** A dynamic value made of plain JSON. */
export function dynamicOfJson(json: unknown): Value {
  return json === null || json === undefined ? null : new Dynamic(typeOfJson(json), json as Value);
}

/** The plain JSON in a dynamic value. */
export function jsonOfDynamic(value: Value): Value {
  return value instanceof Dynamic ? value.value : value;
}
