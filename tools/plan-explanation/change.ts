import type { JsonChange, JsonPlan } from "./json-plan";

/** One resource that a plan touches. */
export interface Change {
  /** Terraform's; with the word "deposed" behind it for a leftover. */
  readonly address: string;
  readonly type: string;
  readonly kind: "create" | "update" | "replace" | "delete" | "forget";
  /** Of a replacement: whether the new one is there before the old one goes. */
  readonly createsFirst: boolean;
  /** Left behind by an interrupted deployment; Terraform only takes it away. */
  readonly deposed: boolean;
  /** Attributes that force a replacement, or that an update changes. */
  readonly attributes: readonly string[];
  /** Terraform's word for why, `replace_by_request`; undefined where there is nothing to say. */
  readonly reason?: string;
  /** The resource's own name in the account, after the change if there is an after. */
  readonly name?: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** What a plan does to resources, without those that stay and those that are only read. */
export function changesOf(plan: JsonPlan): Change[] {
  return (plan.resource_changes ?? []).filter(({ mode }) => mode === "managed").flatMap(toChange);
}

function toChange(json: JsonChange): Change[] {
  const kind = kindOf(json.change.actions);
  if (kind === undefined) return [];
  const before = json.change.before ?? {};
  const after = json.change.after ?? {};
  const name = after["name"] ?? before["name"];
  return [
    {
      // The object that took its place has the address itself.
      address: json.deposed === undefined ? json.address : `${json.address} (deposed ${json.deposed})`,
      type: json.type,
      kind,
      createsFirst: json.change.actions[0] === "create",
      deposed: json.deposed !== undefined,
      attributes: kind === "update" ? changedAttributes(json) : replacingAttributes(json),
      reason: json.action_reason,
      name: typeof name === "string" ? name : undefined,
      before,
      after,
    },
  ];
}

function kindOf(actions: readonly string[]): Change["kind"] | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  const [action] = actions;
  return action === "create" || action === "update" || action === "delete" || action === "forget" ? action : undefined;
}

function replacingAttributes({ change }: JsonChange): string[] {
  return [...new Set((change.replace_paths ?? []).map(([attribute]) => String(attribute)))].sort();
}

function changedAttributes({ change }: JsonChange): string[] {
  const { before, after, after_unknown: unknown = {} } = change;
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {}), ...Object.keys(unknown)]);
  const differs = (name: string) =>
    unknown[name] === true || JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]);
  return [...names].filter(differs).sort();
}
