import { UserError } from "../../programs/user-error";

interface JsonStateDocument {
  readonly format_version?: string;
  readonly values?: {
    readonly root_module?: {
      readonly resources?: ReadonlyArray<{
        readonly type: string;
        readonly values?: Readonly<Record<string, unknown>>;
      }>;
    };
  };
}

/** Attributes by resource type and name. */
interface Configuration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** What a state knows: ids by resource type. A replica is known by its UUID, which is its id in the API. */
export class KnownResources {
  /** Reads the output of `terraform show -json`; a state that is empty knows nothing. */
  public static parse(text: string): KnownResources {
    const document = JSON.parse(text) as JsonStateDocument;
    if (typeof document?.format_version !== "string")
      throw new UserError('state: must be the output of "terraform show -json", got other JSON');
    const ids = new Map<string, Set<string>>();
    for (const { type, values = {} } of document.values?.root_module?.resources ?? []) {
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

/** A public name and the Cloudflare zone that it is in. */
export interface SiteHostname {
  readonly hostname: string;
  readonly zoneId: string;
}

/** The public names in a synthesized stack. */
export function siteHostnames(stackJson: string): SiteHostname[] {
  const { resource = {} } = JSON.parse(stackJson) as Configuration;
  return Object.values(resource["cloudflare_dns_record"] ?? {}).flatMap(({ name, zone_id: zoneId }) =>
    typeof name === "string" && typeof zoneId === "string" ? [{ hostname: name, zoneId }] : [],
  );
}

/** The names of the sites in a synthesized stack, which their tags tell: `www-example-com-load-balancer`. */
export function siteNames(stackJson: string): string[] {
  const { resource = {} } = JSON.parse(stackJson) as Configuration;
  return Object.values(resource["digitalocean_tag"] ?? {})
    .flatMap(({ name }) => (typeof name === "string" ? [/^(.+)-load-balancer$/.exec(name)?.[1] ?? []].flat() : []))
    .sort();
}
