import type { JsonChange, JsonPlan } from "../../../tools/plan-explanation/json-plan";

/** Longer texts are keys, certificates and files. */
const LONGEST = 40;

/**
 * A plan without what no explanation reads, one resource a line, for a file that people can review. Nothing in it is
 * made up, but long texts are cut.
 */
export function renderSmallPlan(plan: JsonPlan): string {
  const changes = (plan.resource_changes ?? []).filter(({ change }) => !["no-op", "read"].includes(change.actions[0]!));
  const state = (plan.prior_state?.values?.root_module?.resources ?? []).map(({ address, type, values, ...rest }) => ({
    address,
    type,
    ...(type === "digitalocean_account" ? { values: { droplet_limit: values?.["droplet_limit"] } } : {}),
    depends_on: rest.depends_on,
  }));
  const configuration = (plan.configuration?.root_module?.resources ?? []).map((resource) => ({
    address: resource.address,
    type: resource.type,
    expressions: { any: { references: referencesIn(resource.expressions) } },
    depends_on: resource.depends_on,
  }));
  return [
    `{"format_version": "${plan.format_version}", "errored": ${plan.errored === true},`,
    `"resource_changes": ${lines(changes.map(small))},`,
    `"prior_state": {"values": {"root_module": {"resources": ${lines(state)}}}},`,
    `"configuration": {"root_module": {"resources": ${lines(configuration)}}}}\n`,
  ].join("\n");
}

function lines(items: readonly object[]): string {
  return `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
}

function small({ address, mode, type, deposed, action_reason, change }: JsonChange): JsonChange {
  const { actions, before, after, after_unknown: unknown, replace_paths } = change;
  const differs = (name: string) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]);
  const pick = (values: typeof before) =>
    values &&
    Object.fromEntries(
      Object.entries(values)
        .filter(([name]) => name === "name" || (before && after && differs(name)))
        .map(([name, value]) => [name, shorten(value)]),
    );
  const isUpdate = actions[0] === "update";
  return {
    address,
    mode,
    type,
    deposed,
    action_reason,
    change: {
      actions,
      before: pick(before),
      after: pick(after),
      ...(isUpdate ? { after_unknown: unknown } : {}),
      replace_paths,
    },
  };
}

function shorten(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text !== undefined && text.length > LONGEST ? `${text.length} characters` : value;
}

function referencesIn(expressions: unknown): string[] {
  if (typeof expressions !== "object" || expressions === null) return [];
  return Object.entries(expressions).flatMap(([key, value]) => (key === "references" ? value : referencesIn(value)));
}
