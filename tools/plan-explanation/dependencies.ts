import type { JsonConfiguration, JsonPlan } from "./json-plan";

/** Who waits for whom, by resource address. */
export interface Dependencies {
  /** Of everything in the configuration, data sources too. */
  readonly addresses: readonly string[];
  /** What has to exist before the resource is created or updated. */
  ofNew(address: string): ReadonlySet<string>;
  /** What the resource that exists was made from, through any number of others. */
  ofOld(address: string): ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Reads out of a plan what depends on what. */
export function dependenciesOf(plan: JsonPlan): Dependencies {
  const configured = plan.configuration?.root_module?.resources ?? [];
  const old = new Map<string, ReadonlySet<string>>();
  for (const { address, depends_on: names = [] } of plan.prior_state?.values?.root_module?.resources ?? [])
    old.set(address, new Set(names));
  const known = new Set(configured.map(({ address }) => address));
  const created = (plan.resource_changes ?? [])
    .filter(({ type, change }) => change.actions.includes("create") && !isNodeOrGate(type))
    .map(({ address }) => address);
  const fresh = new Map(
    configured.map((resource) => [
      resource.address,
      newDependencies(resource, known, old.get(resource.address), created),
    ]),
  );
  return {
    addresses: configured.map(({ address }) => address),
    ofNew: (address) => fresh.get(withoutKey(address)) ?? NONE,
    ofOld: (address) => old.get(address) ?? NONE,
  };
}

function newDependencies(
  resource: JsonConfiguration,
  known: ReadonlySet<string>,
  old: ReadonlySet<string> | undefined,
  created: readonly string[],
): ReadonlySet<string> {
  const names = [...(resource.depends_on ?? []), ...referencesIn(resource.expressions)];
  const found = new Set(names.flatMap((name) => addressIn(name, known) ?? []));
  // A plan does not say what a local value is made of. What exists was made from it, so its state tells; something new
  // waits, to be on the safe side, for everything else that is new, as far as that does not wait for a node itself.
  if (names.some((name) => name.startsWith("local.")))
    for (const name of old ?? created) if (!isNodeOrGate(name.split(".")[0]!)) found.add(name);
  found.delete(resource.address);
  return found;
}

/** Whether a type is one that is ordered by explicit dependencies alone. */
function isNodeOrGate(type: string): boolean {
  return type === "digitalocean_droplet" || type === "terraform_data";
}

/** Everything that expressions refer to: `type.name.attribute`, `type.name`, `local.name`. */
function referencesIn(expressions: unknown): string[] {
  if (Array.isArray(expressions)) return expressions.flatMap(referencesIn);
  if (typeof expressions !== "object" || expressions === null) return [];
  return Object.entries(expressions).flatMap(([key, value]) =>
    key === "references" && Array.isArray(value) ? value.filter((one) => typeof one === "string") : referencesIn(value),
  );
}

/** The resource that a reference is about, if it is one: `data.type.name.id` is about `data.type.name`. */
function addressIn(reference: string, known: ReadonlySet<string>): string | undefined {
  const words = reference.split(".");
  const address = withoutKey(words.slice(0, words[0] === "data" ? 3 : 2).join("."));
  return known.has(address) ? address : undefined;
}

function withoutKey(address: string): string {
  return address.replace(/\[.*\]$/, "");
}
