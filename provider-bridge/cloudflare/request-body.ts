import type { Attribute, Attributes } from "../plugin/schema";
import { isList, Dynamic, isObject, isUnknown, type Value, type Values } from "../plugin/values";

/**
 * The body for an object: what the configuration can set and has set. What the state had and the plan has no more is
 * sent as null.
 *
 * @param inPath attributes that are part of the path instead
 */
export function requestBody(
  attributes: Attributes,
  planned: Values,
  inPath: readonly string[],
  prior: Values = {},
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = planned[name] ?? null;
    const isOwn = (attribute.required || attribute.optional) && !inPath.includes(name);
    if (!isOwn || isUnknown(value)) continue;
    if (value !== null) body[name] = jsonOf(attribute, value);
    else if ((prior[name] ?? null) !== null) body[name] = null;
  }
  return body;
}

function jsonOf(attribute: Attribute, value: Value): unknown {
  if (value instanceof Dynamic) return value.value;
  const { nested } = attribute;
  if (!nested) return value;
  const inner = (object: Value) => (isObject(object) ? requestBody(nested.attributes, object, []) : object);
  if (nested.nesting === "map" && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, object]) => [key, inner(object)]));
  }
  return isList(value) ? value.map(inner) : inner(value);
}
