import { planFramework } from "./plan-framework";
import { planLegacy, sameForLegacy } from "./plan-legacy";
import type { PlanChange, Provider, ResourceType } from "./provider";
import { sameValue } from "./same-value";
import { typeOfNestedBlock } from "./schema";
import type { Value, Values } from "./values";

export interface Plan {
  readonly planned: Values;
  /** Attributes and blocks for whose sake the object is replaced. */
  readonly replacedFor: readonly string[];
}

type Style = Provider<unknown>["style"];

/**
 * Plans one resource: creation if there is no prior state, else a change.
 *
 * @param proposed Terraform's own merge of configuration and state
 */
export function planResource(
  style: Style,
  resource: ResourceType<never>,
  prior: Values | undefined,
  proposed: Values,
  config: Values,
): Plan {
  const general = (style === "legacy" ? planLegacy : planFramework)(resource, prior, proposed, config);
  const planned = resource.adjustPlan?.({ prior, config, planned: general }) ?? general;
  return { planned, replacedFor: prior ? replacedFor(style, resource, { prior, config, planned }) : [] };
}

/** Whether the values of an attribute or block differ, as the provider sees it. */
export function isChanged(style: Style, resource: ResourceType<never>, name: string, before: Value, after: Value) {
  const attribute = resource.attributes[name];
  if (attribute && style === "legacy") return !sameForLegacy(attribute, before, after);
  const nested = resource.blocks?.[name];
  const type = attribute?.type ?? (nested ? typeOfNestedBlock(nested) : "dynamic");
  return !sameValue(type, before, after, { zeroIsNull: style === "legacy" });
}

function replacedFor(style: Style, resource: ResourceType<never>, change: PlanChange): string[] {
  const { prior = {}, planned } = change;
  const named = [...Object.entries(resource.attributes), ...Object.entries(resource.blocks ?? {})];
  const changed = named
    .filter(([, { forceNew }]) => forceNew)
    .map(([name]) => name)
    .filter((name) => isChanged(style, resource, name, prior[name] ?? null, planned[name] ?? null));
  return [...new Set([...changed, ...(resource.replacedFor?.(change) ?? [])])];
}
