import type { Block } from "./schema";
import type { Values } from "./values";
import type { Deadline } from "./deadline";

/** Something Terraform prints beside a result. `path` names the attribute, outermost first. */
export interface Diagnostic {
  readonly severity: "ERROR" | "WARNING";
  readonly summary: string;
  readonly detail?: string;
  readonly path?: readonly (string | number)[];
}

/** An error with Terraform's two texts: a title and what is printed below it. */
export class ProviderError extends Error {
  constructor(
    summary: string,
    readonly detail = "",
  ) {
    super(summary);
  }
}

/** What every call to a resource gets. */
export interface Call<Client> {
  readonly client: Client;
  /** Runs out when the operation's time limit does, or when Terraform is interrupted. */
  readonly deadline: Deadline;
  warn(summary: string, detail: string): void;
}

export interface CreateCall<Client> extends Call<Client> {
  readonly planned: Values;
  readonly config: Values;
  /**
   * Tells that the object exists from now on. If a later step fails, Terraform keeps it as tainted with these values,
   * and replaces it in the next apply.
   */
  created(values: Values): void;
}

export interface UpdateCall<Client> extends Call<Client> {
  readonly planned: Values;
  readonly config: Values;
  readonly prior: Values;
  /** Whether any of these attributes or blocks changes. */
  changed(...names: string[]): boolean;
}

/** What a plan says beside the values themselves. */
export interface PlanChange {
  readonly prior: Values | undefined;
  readonly config: Values;
  readonly planned: Values;
}

export interface ResourceType<Client> extends Block {
  readonly version?: number;
  /**
   * Time limits that a `timeouts` block may change, as Go durations; having any gives the schema that block.
   * An operation without one has 20 minutes.
   */
  readonly timeouts?: Readonly<Partial<Record<Operation, string>>>;
  /** Returns the planned values as the provider wants them after the general rules; throws to refuse the plan. */
  adjustPlan?(change: PlanChange): Values;
  /** Attributes besides the `forceNew` ones for whose sake this change replaces the object. */
  replacedFor?(change: PlanChange): readonly string[];
  /** Printed with the plan; `planned` is undefined when the object goes. */
  planWarnings?(prior: Values | undefined, planned: Values | undefined): readonly Diagnostic[];
  /**
   * Returns what the provider knows after creation; the rest stays as planned. Undefined if the object is not there
   * although it was created, which Terraform reports as an inconsistent result.
   */
  create(call: CreateCall<Client>): Promise<Values | undefined>;
  /** Returns what the provider reads, the rest stays; undefined when the object is gone. */
  read(state: Values, call: Call<Client>): Promise<Values | undefined>;
  /** As `create`. A type that has none is only ever replaced, or has nothing to tell its API. */
  update?(call: UpdateCall<Client>): Promise<Values | undefined>;
  delete(state: Values, call: Call<Client>): Promise<void>;
  /** Turns the id given to `terraform import` into a first state that `read` completes. */
  import?(id: string, call: Call<Client>): Promise<Values> | Values;
}

export type Operation = "create" | "update" | "delete";

export interface DataSource<Client> extends Block {
  read(config: Values, call: Call<Client>): Promise<Values>;
}

export interface Provider<Client> {
  /**
   * How the provider plans: `legacy` like the plugin SDK v2 (defaults, null and zero are the same, nothing is promised
   * to Terraform), `framework` like the plugin framework (a plan is a promise).
   */
  readonly style: "legacy" | "framework";
  readonly configuration: Block;
  readonly resources: Readonly<Record<string, ResourceType<Client>>>;
  readonly dataSources: Readonly<Record<string, DataSource<Client>>>;
  /** `environment` holds what the configuration leaves out. Throws when the client cannot work. */
  configure(configuration: Values, environment: NodeJS.ProcessEnv): Client;
}
