import { sameValue } from "./same-value";
import { typeOfBlock, type Attribute, type Attributes, type Block, type NestedAttributes } from "./schema";
import { isList, isObject, isUnknown, UNKNOWN, type Value, type Values } from "./values";

/**
 * Plans as providers on the plugin framework do: defaults first; if nothing then differs from the state there is no
 * change; if something does, everything the provider computes and the configuration leaves out becomes unknown,
 * except what the schema says to keep.
 */
export function planFramework(block: Block, prior: Values | undefined, proposed: Values, config: Values): Values {
  const wanted = { ...proposed, ...withDefaults(block.attributes, proposed, config) };
  if (prior && sameValue(typeOfBlock(block), prior, wanted)) return prior;
  return { ...wanted, ...withUnknowns(block.attributes, prior, wanted, config) };
}

function withDefaults(attributes: Attributes, proposed: Values, config: Values): Values {
  return mapAttributes(attributes, (name, attribute) => {
    const value = proposed[name] ?? null;
    const configured = config[name] ?? null;
    if (configured === null) return attribute.default ?? value;
    return attribute.nested ? mapNested(attribute.nested, value, configured, undefined, withDefaultsOf) : value;
  });
}

const withDefaultsOf: ForNested = (attributes, value, config) => withDefaults(attributes, value, config);

function withUnknowns(attributes: Attributes, prior: Values | undefined, wanted: Values, config: Values): Values {
  return mapAttributes(attributes, (name, attribute) => {
    const stored = prior?.[name] ?? null;
    const value = wanted[name] ?? null;
    const configured = config[name] ?? null;
    if (configured === null) return unknownUnlessKept(attribute, stored, value);
    return attribute.nested ? mapNested(attribute.nested, value, configured, stored, withUnknownsOf) : value;
  });
}

const withUnknownsOf: ForNested = (attributes, value, config, prior) => withUnknowns(attributes, prior, value, config);

function unknownUnlessKept(attribute: Attribute, stored: Value, value: Value): Value {
  if (!attribute.computed || attribute.default !== undefined) return value;
  return attribute.keep && stored !== null ? stored : UNKNOWN;
}

type ForNested = (attributes: Attributes, value: Values, config: Values, prior: Values | undefined) => Values;

/** Applies `inner` to each object of a nested attribute; elements of lists belong together by their position. */
function mapNested(
  nested: NestedAttributes,
  value: Value,
  configured: Value,
  prior: Value | undefined,
  inner: ForNested,
): Value {
  if (isUnknown(configured) || isUnknown(value)) return value;
  const one = (element: Value, config: Value | undefined, before: Value | undefined): Value => {
    if (!isObject(element) || !isObject(config)) return element;
    return inner(nested.attributes, element, config, isObject(before) ? before : undefined);
  };
  if (nested.nesting === "single") return one(value, configured, prior);
  if (nested.nesting === "map") {
    if (!isObject(value) || !isObject(configured)) return value;
    const before = isObject(prior) ? prior : {};
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, one(v, configured[key], before[key])]));
  }
  if (!isList(value) || !isList(configured)) return value;
  const before = isList(prior) ? prior : [];
  return value.map((element, index) => one(element, configured[index], before[index]));
}

function mapAttributes(attributes: Attributes, map: (name: string, attribute: Attribute) => Value): Values {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, map(name, attribute)]));
}
