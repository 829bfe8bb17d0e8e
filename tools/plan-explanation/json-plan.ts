import { UserError } from "../../programs/user-error";

/**
 * What is read of a plan's JSON (`terraform show -json PLAN`, format 1.x:
 * https://developer.hashicorp.com/terraform/internals/json-format). It holds secrets in plain text: names of
 * attributes may be shown to people, values only where this project knows them to be harmless.
 */
export interface JsonPlan {
  readonly format_version: string;
  /** Terraform could not finish the plan, which nobody can apply; what it had seen until then is in it. */
  readonly errored?: boolean;
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly resource_changes?: readonly JsonChange[];
  /** What has become different outside Terraform since the last apply. */
  readonly resource_drift?: readonly JsonChange[];
  readonly prior_state?: { readonly values?: { readonly root_module?: { readonly resources?: readonly JsonState[] } } };
  readonly configuration?: { readonly root_module?: { readonly resources?: readonly JsonConfiguration[] } };
}

export interface JsonChange {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  /** Set for an object that an interrupted replacement left behind. */
  readonly deposed?: string;
  /** Why Terraform chose the actions: `replace_because_cannot_update`, `replace_by_request`, ... */
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    readonly after_unknown?: Readonly<Record<string, unknown>>;
    readonly replace_paths?: ReadonlyArray<ReadonlyArray<string | number>>;
  };
}

export interface JsonState {
  readonly address: string;
  readonly type: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Every address it depends on, through any number of others. */
  readonly depends_on?: readonly string[];
}

export interface JsonConfiguration {
  readonly address: string;
  readonly type: string;
  readonly expressions?: unknown;
  readonly depends_on?: readonly string[];
}

/** Reads a plan. Throws a UserError that says what the text is instead. */
export function parsePlan(text: string): JsonPlan {
  const plan = parseJson(text) as Partial<JsonPlan> & { values?: unknown };
  if (typeof plan?.format_version !== "string")
    throw new UserError('plan: must be the output of "terraform show -json PLAN", got other JSON');
  if (!plan.format_version.startsWith("1."))
    throw new UserError(`plan: format must be 1.x, got ${plan.format_version}, update this project`);
  if (plan.configuration === undefined)
    throw new UserError('plan: must be a plan, got a state, give "terraform show -json" the name of a plan file');
  return plan as JsonPlan;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(
      `plan: must be JSON from "terraform show -json PLAN", got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
}
