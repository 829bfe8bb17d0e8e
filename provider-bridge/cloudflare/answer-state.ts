import type { Attribute, Attributes } from "../plugin/schema";
import { isList, Dynamic, dynamicOfJson, isObject, isUnknown, type Value, type Values } from "../plugin/values";
import type { Answer } from "./client";

/** State after a write: what was planned, and from the answer what was unknown or is the API's alone. */
export function stateAfterWrite(attributes: Attributes, planned: Values, answer: Answer): Values {
  return mapAttributes(attributes, (name, attribute) => {
    const value = planned[name] ?? null;
    const isTheirs = attribute.computed && !attribute.optional && name in answer;
    if (isUnknown(value) || isTheirs) return valueOf(attribute, answer[name]);
    return completed(attribute, value, answer[name]);
  });
}

/** State after a read: what the answer has, the rest as it was. */
export function stateAfterRead(attributes: Attributes, prior: Values, answer: Answer): Values {
  return mapAttributes(attributes, (name, attribute) => {
    const before = prior[name] ?? null;
    if (!(name in answer)) return before;
    const json = answer[name] ?? null;
    if (before instanceof Dynamic && sameSetting(before.value, json)) return before;
    return json === null && isEmpty(before) ? before : valueOf(attribute, json);
  });
}

/** Fills in what is unknown inside a nested value; elements belong together by their position. */
function completed(attribute: Attribute, value: Value, json: unknown): Value {
  const { nested } = attribute;
  if (!nested || value === null) return value;
  const inner = (object: Value, part: unknown): Value =>
    isObject(object) ? stateAfterWrite(nested.attributes, object, (part ?? {}) as Answer) : object;
  if (isList(value)) return value.map((element, index) => inner(element, (json as unknown[] | null)?.[index]));
  if (nested.nesting === "map" && isObject(value)) {
    return mapValues(value, (object, key) => inner(object, (json as Answer | null)?.[key]));
  }
  return inner(value, json);
}

function valueOf(attribute: Attribute, json: unknown): Value {
  if (json === null || json === undefined) return attribute.default ?? null;
  const { type, nested } = attribute;
  if (nested) {
    const inner = (part: unknown) =>
      mapAttributes(nested.attributes, (name, one) => valueOf(one, (part as Answer)[name]));
    if (nested.nesting === "single") return inner(json);
    return nested.nesting === "map" ? mapValues(json as Values, inner) : (json as unknown[]).map(inner);
  }
  if (attribute.time && typeof json === "string") return json.replace(/\.\d+/, "");
  if (type === "dynamic") return dynamicOfJson(json);
  // Free-form objects such as `meta` of a DNS record are JSON text in the state.
  if (type === "string") return typeof json === "string" ? json : JSON.stringify(json);
  return json as Value;
}

/** A switch may be configured as a boolean although the API says "on" and "off". */
function sameSetting(before: Value, json: unknown): boolean {
  if (typeof before === "boolean" && typeof json === "string") return before === (json === "on");
  return JSON.stringify(before) === JSON.stringify(json);
}

function isEmpty(value: Value): boolean {
  if (isObject(value)) return Object.values(value).every((inner) => inner === null);
  return value === null || value === "" || (isList(value) && value.length === 0);
}

function mapAttributes(attributes: Attributes, map: (name: string, attribute: Attribute) => Value): Values {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, map(name, attribute)]));
}

function mapValues(object: Values, map: (value: Value, key: string) => Value): Values {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
