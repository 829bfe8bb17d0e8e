import { type Configuration, type Resource, listOf, referredTo, resourcesOf, written } from "./configuration";

/** Droplets that the same firewalls guard: a tier. */
export interface DropletGroup {
  /** By the tags by which they are guarded; by their own, where nothing guards them. */
  readonly name: string;
  /** All that one of them has. */
  readonly tags: ReadonlySet<string>;
  readonly droplets: readonly Resource[];
  /** More than one adds up; none: everything is let through. */
  readonly firewalls: readonly Resource[];
}

/** All droplets of a stack. */
export function dropletGroups(configuration: Configuration): DropletGroup[] {
  const firewalls = resourcesOf(configuration, "digitalocean_firewall");
  const groups = new Map<string, Resource[]>();
  const guardsOf = (droplet: Resource) => firewalls.filter((firewall) => guards(configuration, firewall, droplet));
  for (const droplet of resourcesOf(configuration, "digitalocean_droplet")) {
    const guarding = guardsOf(droplet).map(({ address }) => address);
    const key = guarding.length > 0 ? guarding.join() : [...tagsOf(configuration, droplet)].join();
    groups.set(key, [...(groups.get(key) ?? []), droplet]);
  }
  return [...groups.values()]
    .map((droplets) => ({
      name: nameOf(configuration, droplets, guardsOf(droplets[0]!)),
      tags: new Set(droplets.flatMap((droplet) => [...tagsOf(configuration, droplet)])),
      droplets,
      firewalls: guardsOf(droplets[0]!),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The names of a resource's tags. */
export function tagsOf(configuration: Configuration, { attributes }: Resource): Set<string> {
  return new Set(listOf(attributes.tags).map((tag) => written(configuration, tag)));
}

function guards(configuration: Configuration, firewall: Resource, droplet: Resource): boolean {
  const own = tagsOf(configuration, droplet);
  const isTagged = [...tagsOf(configuration, firewall)].some((tag) => own.has(tag));
  return isTagged || listOf(firewall.attributes.droplet_ids).some((id) => referredTo(id) === droplet.address);
}

function nameOf(configuration: Configuration, droplets: readonly Resource[], firewalls: readonly Resource[]): string {
  const own = tagsOf(configuration, droplets[0]!);
  const guarding = [...new Set(firewalls.flatMap((firewall) => [...tagsOf(configuration, firewall)]))];
  const tags = guarding.filter((tag) => own.has(tag));
  if (tags.length > 0) return tags.join(" + ");
  return own.size > 0 ? [...own].join(" + ") : droplets.map(({ attributes }) => String(attributes.name)).join(" + ");
}
