import os from "node:os";
import { App, Testing } from "cdktf";
import type { Construct } from "constructs";
import { Stack, WebInfrastructure, type WebInfrastructureProps } from "../../modules";

export const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

type Attributes = Readonly<Record<string, any>>;

/** Terraform JSON of a stack, without the hashes that cdktf puts behind its names: `digitalocean_tag.site_tags_web`. */
export class Synthesized {
  private readonly json: any;

  public constructor(public readonly text: string) {
    this.json = JSON.parse(text.replace(/_[0-9A-F]{8}\b/g, ""));
  }

  /** Everything of a section: `locals`, `output`, `variable`, `provider`, `terraform`. */
  public section(name: string): any {
    return this.json[name];
  }

  /** Addresses of all resources, sorted. */
  public addresses(): string[] {
    return Object.entries<Attributes>(this.json.resource ?? {})
      .flatMap(([type, byName]) => Object.keys(byName).map((name) => `${type}.${name}`))
      .sort();
  }

  /** Resources of a type by their names. */
  public resources(type: string): Readonly<Record<string, Attributes>> {
    const byName: Readonly<Record<string, Attributes>> = this.json.resource?.[type] ?? {};
    return Object.fromEntries(Object.entries(byName).map(([name, { "//": _, ...attributes }]) => [name, attributes]));
  }

  /** One resource by its address. */
  public resource(address: string): Attributes {
    const [type, name] = address.split(".") as [string, string];
    const found = this.resources(type)[name];
    if (!found) throw new Error(`no ${address}, there are ${Object.keys(this.resources(type)).join(", ")}`);
    return found;
  }

  /** Addresses of resources that Terraform creates before this one, through any number of others. */
  public prerequisites(address: string): Set<string> {
    const found = new Set<string>();
    const visit = (text: string): void => {
      for (const [, kind, name] of text.matchAll(/\b(local|[a-z]+_[a-z_0-9]+)\.([A-Za-z][\w-]*)/g)) {
        if (kind === "local") {
          const key = `local.${name}`;
          if (found.has(key)) continue;
          found.add(key);
          visit(JSON.stringify(this.json.locals[name!]));
        } else if (this.json.resource[kind!]?.[name!] !== undefined && !found.has(`${kind}.${name}`)) {
          found.add(`${kind}.${name}`);
          visit(JSON.stringify(this.resource(`${kind}.${name}`)));
        }
      }
    };
    visit(JSON.stringify(this.resource(address)));
    return new Set([...found].filter((item) => !item.startsWith("local.")));
  }
}

/** Synthesizes what `build` puts into a stack with providers and variables. */
export function synthesize(build: (stack: Stack) => void): Synthesized {
  const stack = new Stack(new App({ outdir: os.tmpdir() }), "web");
  build(stack);
  return new Synthesized(Testing.synth(stack));
}

/** Synthesizes a whole infrastructure called `site`, and what `extend` adds to it. */
export function synthesizeSite(
  props: Partial<WebInfrastructureProps> = {},
  extend: (site: WebInfrastructure) => void = () => undefined,
): Synthesized {
  return synthesize((stack) => extend(createSite(stack, "site", props)));
}

/** The settings that have no default. */
export const exampleSite: WebInfrastructureProps = { hostname: "www.example.com", zone: { id: zoneId } };

export function createSite(
  scope: Construct,
  id: string,
  props: Partial<WebInfrastructureProps> = {},
): WebInfrastructure {
  return new WebInfrastructure(scope, id, { ...exampleSite, ...props });
}
