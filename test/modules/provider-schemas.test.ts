import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Tier } from "../../modules";
import { synthesizeSite } from "./synthesized";

const REFERENCE = path.resolve(__dirname, "../../../shared/reference");
const META = ["depends_on", "lifecycle", "provisioner", "timeouts"];

interface Schema {
  /** Attributes and blocks that may be set. */
  readonly settable: ReadonlySet<string>;
  readonly required: readonly string[];
}

type Flags = { readonly required?: boolean; readonly optional?: boolean };

function read(file: string, attributesOf: (resource: any) => Record<string, Flags>): Record<string, Schema> {
  const { resources } = JSON.parse(readFileSync(path.join(REFERENCE, file), "utf8"));
  const schemas = Object.entries(resources).map(([type, resource]): [string, Schema] => {
    const flags = Object.entries(attributesOf(resource));
    const settable = flags.filter(([, { required, optional }]) => required || optional).map(([name]) => name);
    return [type, { settable: new Set(settable), required: flags.filter(([, f]) => f.required).map(([name]) => name) }];
  });
  return Object.fromEntries(schemas);
}

const there = existsSync(path.join(REFERENCE, "digitalocean-provider-2.71.0.json"));
(there ? describe : describe.skip)(
  there ? "the providers' schemas" : "the providers' schemas (skipped: no ../shared/reference beside the repository)",
  () => {
    const site = synthesizeSite(
      {
        ssh: { keys: ["1"], sources: ["192.0.2.0/24"] },
        tags: ["shop"],
        project: "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679",
        database: { storageGib: 60 },
      },
      (site) => new Tier(site, "workers", { workload: { kind: "container", image: "ghcr.io/acme/worker:1" } }),
    );
    const schemas = there
      ? {
          ...read("digitalocean-provider-2.71.0.json", (resource) => resource.attributes),
          ...read("cloudflare-provider-5.14.0.json", (resource) => resource.block.attributes),
        }
      : {};
    const addresses = site.addresses().filter((address) => /^(digitalocean|cloudflare)_/.test(address));

    test.each(addresses)("%s sets what it must and nothing that the provider does not know", (address) => {
      const schema = schemas[address.split(".")[0]!];
      if (schema === undefined) throw new Error(`${address}: its type is not in the reference`);
      const set = Object.keys(site.resource(address)).filter((name) => !META.includes(name));
      expect(set.filter((name) => !schema.settable.has(name))).toEqual([]);
      expect(schema.required.filter((name) => !set.includes(name))).toEqual([]);
    });
  },
);
