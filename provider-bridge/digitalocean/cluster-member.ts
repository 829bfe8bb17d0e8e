import type { ResourceType } from "../plugin/provider";
import type { Values } from "../plugin/values";
import type { DigitalOceanClient } from "./client";

/** Import of what belongs to a cluster: `CLUSTER_ID,NAME`. `idOf` makes the id that the state has. */
export function importMember(
  what: string,
  idOf: (clusterId: string, name: string) => string,
): NonNullable<ResourceType<DigitalOceanClient>["import"]> {
  return (id: string): Values => {
    const [clusterId, name] = id.split(",");
    if (!clusterId || !name) {
      throw new Error(
        `must use the ID of the source database cluster and the name of the ${what} joined with a comma, got "${id}", ` +
          "allowed for example `id,name`",
      );
    }
    return { id: idOf(clusterId, name), cluster_id: clusterId, name };
  };
}
