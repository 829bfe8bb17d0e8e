import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { DropletStatus } from "../../local-cloud/client/control-client";
import { isLoadBalancer } from "../faults/pair";

/** A node by the end of its name (`web-2`), or a load balancer by whether it holds the reserved IP. */
export type ServingNode = "holder" | "standby" | `${"web" | "app"}-${number}`;

/** The droplet that serves as this node: while a node is replaced, the older one of its name. */
export async function findServing(cloud: LocalCloud, node: ServingNode): Promise<DropletStatus> {
  const { droplets, reservedIps } = await cloud.control.status();
  const holder = reservedIps[0]?.droplet;
  const byAge = [...droplets].sort((one, other) => one.id - other.id);
  const found = byAge.find((droplet) => {
    const { name } = droplet;
    if (node === "holder") return name === holder;
    if (node === "standby") return name !== holder && isLoadBalancer(droplet);
    return name.endsWith(`-${node}`);
  });
  if (found === undefined) throw new Error(`${node}: not among ${droplets.map(({ name }) => name).join(", ")}`);
  return found;
}
