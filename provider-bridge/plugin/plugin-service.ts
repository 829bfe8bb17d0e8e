import { checkValues } from "./check-values";
import { planResource } from "./plan";
import { ProviderError, type DataSource, type Diagnostic, type Provider, type ResourceType } from "./provider";
import { ResourceOperations, type Outcome } from "./resource-operations";
import { renderSchema } from "./schema-message";
import { optional, typeOfBlock, type Block } from "./schema";
import { tryParseGoDuration } from "./go-duration";
import { decodeValue, encodeValue, type WireValue } from "./value-codec";
import type { Value, Values } from "./values";

/** The fields that requests of the plugin protocol have; each call has its own few of them. */
export interface PluginRequest {
  readonly type_name?: string;
  readonly id?: string;
  readonly config?: WireValue;
  readonly current_state?: WireValue;
  readonly prior_state?: WireValue;
  readonly planned_state?: WireValue;
  readonly proposed_new_state?: WireValue;
  readonly raw_state?: WireValue;
  readonly private?: Uint8Array;
}

/** Answers the calls of the plugin protocol for one provider. Methods carry the names of the calls. */
export class PluginService<Client> {
  private readonly resources: Readonly<Record<string, ResourceType<Client>>>;
  private configured: { readonly client: Client } | undefined;
  private interrupt = new AbortController();

  constructor(
    private readonly provider: Provider<Client>,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.resources = Object.fromEntries(
      Object.entries(provider.resources).map(([name, resource]) => [name, withTimeoutsBlock(resource)]),
    );
  }

  async GetMetadata(): Promise<object> {
    const named = (types: object) => Object.keys(types).map((name) => ({ type_name: name }));
    return { server_capabilities, resources: named(this.resources), data_sources: named(this.provider.dataSources) };
  }

  async GetProviderSchema(): Promise<object> {
    const rendered = (types: Readonly<Record<string, Block & { version?: number }>>) =>
      Object.fromEntries(Object.entries(types).map(([name, type]) => [name, renderSchema(type, type.version)]));
    return {
      provider: renderSchema(this.provider.configuration),
      resource_schemas: rendered(this.resources),
      data_source_schemas: rendered(this.provider.dataSources),
      server_capabilities,
    };
  }

  async GetFunctions(): Promise<object> {
    return {};
  }

  async ValidateProviderConfig(request: PluginRequest): Promise<object> {
    return { diagnostics: this.checked(this.provider.configuration, request.config) };
  }

  async ValidateResourceConfig(request: PluginRequest): Promise<object> {
    return { diagnostics: this.checked(this.resource(request), request.config) };
  }

  async ValidateDataResourceConfig(request: PluginRequest): Promise<object> {
    return { diagnostics: this.checked(this.dataSource(request), request.config) };
  }

  async ConfigureProvider(request: PluginRequest): Promise<object> {
    const configuration = decodeValue(typeOfBlock(this.provider.configuration), request.config) as Values;
    this.configured = { client: this.provider.configure(configuration, this.environment) };
    this.interrupt = new AbortController();
    return {};
  }

  async StopProvider(): Promise<object> {
    this.interrupt.abort();
    return {};
  }

  async UpgradeResourceState(request: PluginRequest): Promise<object> {
    const type = typeOfBlock(this.resource(request));
    return { upgraded_state: encodeValue(type, decodeValue(type, request.raw_state)) };
  }

  async ReadResource(request: PluginRequest): Promise<object> {
    const resource = this.resource(request);
    const type = typeOfBlock(resource);
    const diagnostics: Diagnostic[] = [];
    const state = decodeValue(type, request.current_state) as Values;
    const found = await this.operations(diagnostics).read(resource, state);
    return { new_state: encodeValue(type, found ?? null), private: request.private, diagnostics: wired(diagnostics) };
  }

  async PlanResourceChange(request: PluginRequest): Promise<object> {
    const resource = this.resource(request);
    const type = typeOfBlock(resource);
    const prior = decodeValue(type, request.prior_state) as Values | null;
    const proposed = decodeValue(type, request.proposed_new_state) as Values | null;
    const legacy_type_system = this.provider.style === "legacy";
    if (proposed === null) {
      const diagnostics = wired(resource.planWarnings?.(prior ?? undefined, undefined) ?? []);
      return { planned_state: encodeValue(type, null), diagnostics, legacy_type_system };
    }
    const config = decodeValue(type, request.config) as Values;
    const plan = planResource(this.provider.style, resource, prior ?? undefined, proposed, config);
    return {
      planned_state: encodeValue(type, plan.planned),
      requires_replace: plan.replacedFor.map((name) => wiredPath([name])),
      diagnostics: wired(resource.planWarnings?.(prior ?? undefined, plan.planned) ?? []),
      legacy_type_system,
    };
  }

  async ApplyResourceChange(request: PluginRequest): Promise<object> {
    const resource = this.resource(request);
    const type = typeOfBlock(resource);
    const diagnostics: Diagnostic[] = [];
    const { state, error } = await this.apply(resource, request, diagnostics);
    return {
      new_state: encodeValue(type, state ?? null),
      diagnostics: wired(error === undefined ? diagnostics : [...diagnostics, diagnosticOf(error)]),
      // Without it Terraform reports an object that is missing after its creation, and so does the SDK.
      legacy_type_system: this.provider.style === "legacy" && state !== undefined,
    };
  }

  async ImportResourceState(request: PluginRequest): Promise<object> {
    const resource = this.resource(request);
    if (!resource.import)
      throw new ProviderError(`Resource Import Not Implemented`, `${request.type_name} has no import`);
    const diagnostics: Diagnostic[] = [];
    const call = this.operations(diagnostics).call(resource, "update", {});
    const state = encodeValue(typeOfBlock(resource), await resource.import(request.id ?? "", call));
    return { imported_resources: [{ type_name: request.type_name, state }], diagnostics: wired(diagnostics) };
  }

  async ReadDataSource(request: PluginRequest): Promise<object> {
    const dataSource = this.dataSource(request);
    const type = typeOfBlock(dataSource);
    const config = decodeValue(type, request.config) as Values;
    const diagnostics: Diagnostic[] = [];
    const found = await dataSource.read(config, this.operations(diagnostics).call({}, "update", {}));
    return { state: encodeValue(type, { ...config, ...found }), diagnostics: wired(diagnostics) };
  }

  private apply(resource: ResourceType<Client>, request: PluginRequest, diagnostics: Diagnostic[]): Promise<Outcome> {
    const type = typeOfBlock(resource);
    const prior = decodeValue(type, request.prior_state) as Values | null;
    const planned = decodeValue(type, request.planned_state) as Values | null;
    const config = decodeValue(type, request.config) as Values;
    const operations = this.operations(diagnostics);
    if (planned === null) return operations.delete(resource, prior ?? {});
    return prior === null
      ? operations.create(resource, planned, config)
      : operations.update(resource, prior, planned, config);
  }

  private operations(diagnostics: Diagnostic[]): ResourceOperations<Client> {
    if (!this.configured) throw new ProviderError("the provider is not configured");
    const { client } = this.configured;
    return new ResourceOperations(this.provider, { client, interrupted: this.interrupt.signal, diagnostics });
  }

  private resource(request: PluginRequest): ResourceType<Client> {
    return found("resource type", this.resources, request.type_name);
  }

  private dataSource(request: PluginRequest): DataSource<Client> {
    return found("data source", this.provider.dataSources, request.type_name);
  }

  private checked(block: Block, config: WireValue | undefined): object[] {
    return wired(checkValues(block, decodeValue(typeOfBlock(block), config) as Values));
  }
}

const server_capabilities = { get_provider_schema_optional: true, plan_destroy: true };

/** What failed, as Terraform prints it. */
export function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof ProviderError) return { severity: "ERROR", summary: error.message, detail: error.detail };
  return { severity: "ERROR", summary: error instanceof Error ? error.message : String(error) };
}

/** Diagnostics as messages of the plugin protocol. */
export function wired(diagnostics: readonly Diagnostic[]): object[] {
  return diagnostics.map(({ severity, summary, detail = "", path }) => {
    return { severity, summary, detail, ...(path && { attribute: wiredPath(path) }) };
  });
}

function wiredPath(path: readonly (string | number)[]): object {
  return {
    steps: path.map((step) => (typeof step === "number" ? { element_key_int: step } : { attribute_name: step })),
  };
}

function found<Kind>(what: string, kinds: Readonly<Record<string, Kind>>, name = ""): Kind {
  const kind = kinds[name];
  if (kind) return kind;
  throw new ProviderError(`unknown ${what}, got "${name}", allowed ${Object.keys(kinds).sort().join(", ")}`);
}

function withTimeoutsBlock<Client>(resource: ResourceType<Client>): ResourceType<Client> {
  const operations = Object.keys(resource.timeouts ?? {});
  if (operations.length === 0) return resource;
  const attributes = Object.fromEntries(operations.map((name) => [name, optional("string", { check: isDuration })]));
  return { ...resource, blocks: { ...resource.blocks, timeouts: { nesting: "single", block: { attributes } } } };
}

function isDuration(value: Value, where: string): string | undefined {
  if (tryParseGoDuration(String(value)) !== undefined) return undefined;
  return `"${where}" must be a duration such as "90s" or "1h30m", got "${value}"`;
}
