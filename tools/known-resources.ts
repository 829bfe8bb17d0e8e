import { UserError } from "../programs/user-error";

interface JsonState {
  readonly values?: {
    readonly root_module?: {
      readonly resources?: ReadonlyArray<{
        readonly type: string;
        readonly values?: Readonly<Record<string, unknown>>;
      }>;
    };
  };
}

/** What a state knows: ids by resource type. A replica is known by its UUID, which is its id in the API. */
export class KnownResources {
  /** Reads the output of `terraform show -json`; a state that is empty knows nothing. */
  public static parse(text: string): KnownResources {
    const document = JSON.parse(text) as JsonState & { readonly format_version?: string };
    if (typeof document?.format_version !== "string")
      throw new UserError('state: must be the output of "terraform show -json", got other JSON');
    return KnownResources.of(document);
  }

  /** What a state knows that is there in a plan, or the whole document; without one nothing is known. */
  public static of(state: JsonState = {}): KnownResources {
    const ids = new Map<string, Set<string>>();
    for (const { type, values = {} } of state.values?.root_module?.resources ?? []) {
      if (!ids.has(type)) ids.set(type, new Set());
      for (const id of [values["id"], values["uuid"]]) if (typeof id === "string") ids.get(type)!.add(id);
    }
    return new KnownResources(ids);
  }

  private constructor(private readonly ids: ReadonlyMap<string, ReadonlySet<string>>) {}

  /** Ids of all resources of a type. */
  public all(type: string): readonly string[] {
    return [...(this.ids.get(type) ?? [])];
  }

  public has(type: string, id: string): boolean {
    return this.ids.get(type)?.has(id) ?? false;
  }
}
