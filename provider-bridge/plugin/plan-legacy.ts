import { sameValue } from "./same-value";
import { typeOfBlock, typeOfNestedBlock, type Attribute, type Block, type NestedBlock } from "./schema";
import { isList, isObject, isUnknown, UNKNOWN, type Value, type Values } from "./values";

/**
 * Plans as providers on the plugin SDK v2 do: what the configuration leaves out gets its default, or what the state
 * holds if the provider computes it; a change that is none (null and zero, another writing of the same) leaves the
 * state's value.
 */
export function planLegacy(block: Block, prior: Values | undefined, proposed: Values, config: Values): Values {
  const planned: Record<string, Value> = { ...proposed };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    planned[name] = planAttribute(attribute, prior && (prior[name] ?? null), config[name] ?? null);
  }
  for (const [name, nested] of Object.entries(block.blocks ?? {})) {
    planned[name] = planBlocks(nested, prior?.[name], proposed[name] ?? null, config[name] ?? null);
  }
  return planned;
}

/** Whether the SDK sees a difference between two values of an attribute. */
export function sameForLegacy(attribute: Attribute, stored: Value, planned: Value): boolean {
  if (sameValue(attribute.type, stored, planned, { zeroIsNull: true })) return true;
  if (stored === null || planned === null || isUnknown(planned)) return false;
  return attribute.same?.(stored, planned) ?? false;
}

function planAttribute(attribute: Attribute, stored: Value | undefined, configured: Value): Value {
  if (configured === null && attribute.default === undefined && attribute.computed) {
    return stored === undefined ? UNKNOWN : stored;
  }
  const wanted = configured ?? attribute.default ?? null;
  if (stored !== undefined && attribute.store && stored === configured) return stored;
  if (isUnsettledSet(attribute, wanted)) return UNKNOWN;
  const kept = attribute.store && typeof wanted === "string" ? attribute.store(wanted) : wanted;
  return stored !== undefined && sameForLegacy(attribute, stored, kept) ? stored : kept;
}

function planBlocks(nested: NestedBlock, stored: Value | undefined, proposed: Value, configured: Value): Value {
  if (isUnknown(configured) || isUnknown(proposed)) return UNKNOWN;
  if (nested.nesting === "single") {
    if (!isObject(proposed) || !isObject(configured)) return proposed;
    return planLegacy(nested.block, isObject(stored) ? stored : undefined, proposed, configured);
  }
  const proposedElements = isList(proposed) ? proposed : [];
  if (proposedElements.length === 0) return nested.computed && stored !== undefined ? stored : [];
  const planned =
    nested.nesting === "set"
      ? proposedElements.map((element) => storedOrPlanned(nested, stored, planSetElement(nested.block, element)))
      : planListElements(nested.block, stored, proposedElements, configured);
  const same = stored !== undefined && sameValue(typeOfNestedBlock(nested), stored, planned, { zeroIsNull: true });
  return same ? stored : planned;
}

function planListElements(
  block: Block,
  stored: Value | undefined,
  proposed: readonly Value[],
  configured: Value,
): Value[] {
  return proposed.map((element, index) => {
    const before = isList(stored) ? stored[index] : undefined;
    const config = isList(configured) ? configured[index] : undefined;
    if (!isObject(element) || !isObject(config)) return element;
    return planLegacy(block, isObject(before) ? before : undefined, element, config);
  });
}

/** Terraform has paired the elements with those of the state: what is computed and still null belongs to a new one. */
function planSetElement(block: Block, element: Value): Value {
  if (!isObject(element)) return element;
  const planned: Record<string, Value> = { ...element };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    if (isUnsettledSet(attribute, planned[name] ?? null)) planned[name] = UNKNOWN;
    if ((planned[name] ?? null) !== null) continue;
    planned[name] = attribute.default ?? (attribute.computed ? UNKNOWN : null);
  }
  return planned;
}

/** An element that is no change keeps the state's writing: `[]` for a set that the configuration leaves out. */
function storedOrPlanned({ block }: NestedBlock, stored: Value | undefined, planned: Value): Value {
  const type = typeOfBlock(block);
  const same = (element: Value): boolean => sameValue(type, element, planned, { zeroIsNull: true });
  return isList(stored) ? (stored.find(same) ?? planned) : planned;
}

/** A set with an unknown element may turn out smaller than it looks: to the SDK all of it is unknown. */
function isUnsettledSet({ type }: Attribute, value: Value): boolean {
  return Array.isArray(type) && type[0] === "set" && isList(value) && value.some(isUnknown);
}
