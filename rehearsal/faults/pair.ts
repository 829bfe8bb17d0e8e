import type { DropletStatus } from "../../local-cloud/client/control-client";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";

/** Droplet ids of the load-balancer pair, as one fault sees it. */
export interface Pair {
  readonly target: number;
  /** Undefined when there is no other load balancer. */
  readonly peer: number | undefined;
  /** Public addresses of all load balancers. */
  readonly addresses: readonly string[];
}

/** Whether a droplet is one of the site's load balancers: every node has the tag of its tier. */
export function isLoadBalancer({ tags }: Pick<DropletStatus, "tags">): boolean {
  return tags.some((tag) => tag.endsWith("load-balancer"));
}

/** Whether a droplet is one of the site's app nodes. */
export function isAppNode({ tags }: Pick<DropletStatus, "tags">): boolean {
  return tags.some((tag) => tag.endsWith("-app"));
}

/** The pair from the view of one of its load balancers: the one named, or the one that holds the address. */
export async function findPair(cloud: LocalCloud, droplet?: number): Promise<Pair> {
  const { droplets, reservedIps } = await cloud.control.status();
  const loadBalancers = droplets.filter(isLoadBalancer);
  const target = droplet ?? reservedIps[0]?.dropletId ?? loadBalancers[0]?.id;
  if (target === undefined) throw new Error("fault: needs a load balancer, there is none");
  return {
    target,
    // While one is replaced there are three: the newest is the one that stays.
    peer: loadBalancers.findLast(({ id }) => id !== target)?.id,
    addresses: loadBalancers.map(({ publicAddress }) => publicAddress),
  };
}
