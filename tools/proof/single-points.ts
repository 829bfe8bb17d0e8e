import { type Configuration, resourcesOf } from "./configuration";
import type { DropletGroup } from "./droplet-groups";

/** One part of a site, and what is left of it. */
export interface Part {
  readonly name: string;
  readonly kind: "droplets" | "database cluster";
  readonly nodes: number;
  /** Without one of them; one hypervisor, too, which may have one of every part. */
  readonly afterLoss: number;
}

/** How much of each part is left when one machine is lost. Read replicas are not counted: without one, the primary answers. */
export function parts(configuration: Configuration, groups: readonly DropletGroup[]): Part[] {
  return [
    ...groups.map(({ name, droplets }) => part(name, "droplets", droplets.length)),
    ...resourcesOf(configuration, "digitalocean_database_cluster").map(({ attributes }) =>
      part(attributes.name, "database cluster", Number(attributes.node_count)),
    ),
  ];
}

function part(name: string, kind: Part["kind"], nodes: number): Part {
  return { name, kind, nodes, afterLoss: nodes - 1 };
}
