import { Deadline } from "./deadline";
import { parseGoDuration } from "./go-duration";
import { isChanged } from "./plan";
import type { Call, Diagnostic, Operation, Provider, ResourceType } from "./provider";
import { isList, isObject, withoutUnknown, type Value, type Values } from "./values";

/** The end of an operation on a resource: what Terraform saves, and what failed on the way. */
export interface Outcome {
  readonly state: Values | undefined;
  readonly error?: unknown;
}

interface OperationContext<Client> {
  readonly client: Client;
  readonly interrupted: AbortSignal;
  readonly diagnostics: Diagnostic[];
}

const defaultLimit = "20m";

/** Carries creation, change and removal of resources of one provider out, and keeps what is left after a failure. */
export class ResourceOperations<Client> {
  constructor(
    private readonly provider: Provider<Client>,
    private readonly context: OperationContext<Client>,
  ) {}

  async create(resource: ResourceType<Client>, planned: Values, config: Values): Promise<Outcome> {
    let existing: Values | undefined;
    const created = (values: Values): void => {
      existing = { ...existing, ...values };
    };
    const call = { ...this.call(resource, "create", planned), planned, config, created };
    const plan = withoutUnknown(planned) as Values;
    try {
      return { state: this.settled(resource, plan, await resource.create(call)) };
    } catch (error) {
      return { state: this.settled(resource, plan, existing), error };
    }
  }

  async update(resource: ResourceType<Client>, prior: Values, planned: Values, config: Values): Promise<Outcome> {
    const changed = (...names: string[]): boolean =>
      names.some((name) => {
        return isChanged(this.provider.style, resource, name, prior[name] ?? null, planned[name] ?? null);
      });
    const call = { ...this.call(resource, "update", planned), planned, config, prior, changed };
    const plan = { ...prior, ...(withoutUnknown(planned) as Values) };
    try {
      return { state: this.settled(resource, plan, resource.update ? await resource.update(call) : {}) };
    } catch (error) {
      // The SDK saves the plan of a failed update, the framework the state before it.
      return { state: this.provider.style === "legacy" ? plan : prior, error };
    }
  }

  async delete(resource: ResourceType<Client>, prior: Values): Promise<Outcome> {
    try {
      await resource.delete(prior, this.call(resource, "delete", prior));
      return { state: undefined };
    } catch (error) {
      return { state: prior, error };
    }
  }

  /** A read has no time limit of its own to configure; it gets the one of an update. */
  async read(resource: ResourceType<Client>, state: Values): Promise<Values | undefined> {
    const found = await resource.read(state, this.call(resource, "update", {}));
    const settled = this.settled(resource, state, found);
    return settled && { ...settled, ...this.asRead(resource, found ?? {}) };
  }

  call(resource: Pick<ResourceType<Client>, "timeouts">, operation: Operation, values: Values): Call<Client> {
    const { client, interrupted, diagnostics } = this.context;
    const configured = isObject(values.timeouts) ? values.timeouts[operation] : undefined;
    const limit = typeof configured === "string" ? configured : (resource.timeouts?.[operation] ?? defaultLimit);
    return {
      client,
      deadline: new Deadline(parseGoDuration(limit), interrupted),
      warn: (summary, detail) => diagnostics.push({ severity: "WARNING", summary, detail }),
    };
  }

  /** What the provider found over what was expected. To the SDK a zero value is no difference where nothing was set. */
  private settled(resource: ResourceType<Client>, expected: Values, found: Values | undefined): Values | undefined {
    if (found === undefined) return undefined;
    const state: Record<string, Value> = { ...expected, ...found };
    if (this.provider.style === "framework") return state;
    for (const name of [...Object.keys(resource.attributes), ...Object.keys(resource.blocks ?? {})]) {
      const before = expected[name] ?? null;
      const attribute = resource.attributes[name];
      const isTheUsers = attribute ? attribute.optional && !attribute.computed : isList(before);
      if (isTheUsers && !isChanged("legacy", resource, name, before, state[name] ?? null)) state[name] = before;
    }
    return state;
  }

  /** Sets, and blocks with the sets in them, which the SDK takes from a read as they are: empty where nothing was set. */
  private asRead(resource: ResourceType<Client>, found: Values): Values {
    if (this.provider.style === "framework") return {};
    const isTaken = (name: string): boolean => {
      const type = resource.attributes[name]?.type;
      return Array.isArray(type) ? type[0] === "set" : resource.blocks?.[name]?.nesting === "set";
    };
    return Object.fromEntries(Object.entries(found).filter(([name]) => isTaken(name)));
  }
}
