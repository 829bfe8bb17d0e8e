export type Attributes = Readonly<Record<string, any>>;

/** Terraform JSON of one stack, as it is synthesized. */
export interface Configuration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  readonly locals?: Readonly<Record<string, unknown>>;
  readonly variable?: Readonly<Record<string, Attributes>>;
}

/** One resource by its address, `digitalocean_tag.web`. */
export interface Resource {
  readonly address: string;
  readonly attributes: Attributes;
}

/** All resources of a type. */
export function resourcesOf({ resource = {} }: Configuration, type: string): Resource[] {
  return Object.entries(resource[type] ?? {}).map(([name, attributes]) => ({ address: `${type}.${name}`, attributes }));
}

/** The address that a value such as "${digitalocean_tag.web.name}" refers to, of a data source with "data." before it. */
export function referredTo(value: unknown): string | undefined {
  return /^\$\{((?:data\.)?[a-z]\w*\.[\w-]+)(?:\.\w+)?\}$/.exec(String(value))?.[1];
}

/** What is written where a value refers to, an attribute of another resource; else the value itself. */
export function written(configuration: Configuration, value: unknown): string {
  const [, type, name, attribute] = /^\$\{([a-z]\w*)\.([\w-]+)\.(\w+)\}$/.exec(String(value)) ?? [];
  const found = type === undefined ? undefined : configuration.resource?.[type]?.[name!]?.[attribute!];
  return typeof found === "string" && found !== value ? written(configuration, found) : String(value);
}

/** A list that Terraform JSON may also write as one value, or leave out. */
export function listOf(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value].flat();
}
