import type { Diagnostic } from "./provider";
import type { Attribute, Attributes, Block } from "./schema";
import { isList, isObject, isUnknown, type Value, type Values } from "./values";

type Path = readonly (string | number)[];
type Nesting = "single" | "list" | "set" | "map";

/** Runs the checks of a schema on a configuration; what is null or not yet known passes. */
export function checkValues(block: Block, values: Values, path: Path = []): Diagnostic[] {
  const ofBlocks = Object.entries(block.blocks ?? {}).flatMap(([name, { nesting, block: inner }]) =>
    objectsIn(nesting, values[name], [...path, name]).flatMap(([where, object]) => checkValues(inner, object, where)),
  );
  return [...checkAttributes(block.attributes, values, path), ...ofBlocks];
}

function checkAttributes(attributes: Attributes, values: Values, path: Path): Diagnostic[] {
  return Object.entries(attributes).flatMap(([name, attribute]) =>
    checkAttribute(attribute, values[name], [...path, name]),
  );
}

function checkAttribute(attribute: Attribute, value: Value | undefined, path: Path): Diagnostic[] {
  if (value === undefined || value === null || isUnknown(value)) return [];
  const problem = attribute.check?.(value, path.join("."));
  const own: Diagnostic[] = problem === undefined ? [] : [{ severity: "ERROR", summary: problem, path }];
  if (!attribute.nested) return own;
  const { nesting, attributes } = attribute.nested;
  const inner = objectsIn(nesting, value, path);
  return [...own, ...inner.flatMap(([where, object]) => checkAttributes(attributes, object, where))];
}

function objectsIn(nesting: Nesting, value: Value | undefined, path: Path): [Path, Values][] {
  if (nesting === "single") return isObject(value) ? [[path, value]] : [];
  // Keys of maps are left out of paths: the message names the attribute, which is enough to find it.
  if (nesting === "map")
    return isObject(value)
      ? Object.values(value)
          .filter(isObject)
          .map((member) => [path, member])
      : [];
  const members: readonly Value[] = isList(value) ? value : [];
  return members.flatMap((member, index) => (isObject(member) ? [[[...path, index], member]] : []));
}
