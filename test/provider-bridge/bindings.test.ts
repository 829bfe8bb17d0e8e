import { cloudflare } from "../../provider-bridge/cloudflare/provider";
import { digitalocean } from "../../provider-bridge/digitalocean/provider";
import type { Block } from "../../provider-bridge/plugin/schema";
import { tls } from "../../provider-bridge/tls/provider";

/** The bindings that this project's constructs use are made from the real schemas: same names, of all three providers. */

const kinds = Object.entries({ digitalocean, cloudflare, tls }).flatMap(([provider, { resources, dataSources }]) => [
  ...Object.entries(resources).map(([type, block]) => [type, provider, bindingOf(type, ""), block] as const),
  ...Object.entries(dataSources).map(
    ([type, block]) => [`data ${type}`, provider, bindingOf(type, "data-"), block] as const,
  ),
]);

test.each(kinds)("%s has the attributes and blocks that its binding has", (_type, provider, binding, block) => {
  const exported = Object.values<any>(require(`@cdktf/provider-${provider}/lib/${binding}`));
  const resource = exported.find((one) => typeof one?.tfResourceType === "string");
  expect(namesOf(block as Block)).toEqual(bindingNames(resource));
});

/** `digitalocean_database_db` is in `database-db`. */
function bindingOf(type: string, prefix: string): string {
  const provider = `${type.split("_")[0]}_`;
  return `${prefix}${prefix === "" ? type.slice(provider.length).replaceAll("_", "-") : type.replaceAll("_", "-")}`;
}

/** The `timeouts` block is added to those that have time limits. */
function namesOf(block: Block & { timeouts?: object }): string[] {
  const names = [...Object.keys(block.attributes), ...Object.keys(block.blocks ?? {})];
  return [...names, ...(block.timeouts ? ["timeouts"] : [])]
    .filter((name) => name !== "id")
    .map(camelCase)
    .sort();
}

/** Getters of the class, without those of cdktf itself and without the ones for unresolved input. */
function bindingNames(resource: { prototype: object }): string[] {
  const getters = Object.entries(Object.getOwnPropertyDescriptors(resource.prototype)).filter(([, one]) => one.get);
  return getters
    .map(([name]) => name)
    .filter((name) => !/Input$/.test(name) && name !== "id")
    .sort();
}

function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
