import type { ReservedIp } from "@cdktf/provider-digitalocean/lib/reserved-ip";
import { Construct } from "constructs";
import { loadBalancerUserData } from "../cloud-init/load-balancer/user-data";
import { NodeGroup, type TierProps } from "./node-group";

export interface LoadBalancerPairProps extends TierProps {
  /** Public name of the site. */
  readonly hostname: string;
  /** The address that one of the load balancers holds. */
  readonly reservedIp: ReservedIp;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
  /** Sensitive: DigitalOcean token that may move the reserved IP. */
  readonly failoverToken: string;
  /** Sensitive: DigitalOcean token that may list droplets by tag. */
  readonly discoveryToken: string;
  /** PEM certificate that the load balancers show to Cloudflare. */
  readonly certificate: string;
  /** Sensitive: PEM key of that certificate. */
  readonly privateKey: string;
  /** PEM certificates of the authorities that may sign Cloudflare's client certificate; no one else is let in. */
  readonly clientAuthorities: string;
  /** Whether the public name, asked through Cloudflare, counts when the holder's health is judged. @default true */
  readonly edgeWitness?: boolean;
}

/** Size of a load balancer when nothing is said. */
export const defaultLoadBalancerSize = "s-1vcpu-1gb";
/** More members than a pair only wait longer for their turn. */
export const maximumLoadBalancers = 3;

/**
 * HAProxy and keepalived on two droplets (or three), one of which holds the reserved IP. At the default size 12 USD a
 * month. Replaced one by one: certificate, tokens, size, image and files of the tier all replace them.
 */
export class LoadBalancerPair extends Construct {
  public readonly group: NodeGroup;

  public constructor(scope: Construct, id: string, props: LoadBalancerPairProps) {
    super(scope, id);
    this.group = new NodeGroup(this, "Resource", {
      ...props,
      tier: "load-balancer",
      size: props.size ?? defaultLoadBalancerSize,
      maximumNodes: maximumLoadBalancers,
      batchSize: 1,
      userData: renderUserData(props),
    });
  }
}

function renderUserData(props: LoadBalancerPairProps): string {
  return loadBalancerUserData({
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    extraFiles: props.extraFiles,
    extraPackages: props.extraPackages,
    hostname: props.hostname,
    reservedIp: props.reservedIp.ipAddress,
    failoverToken: props.failoverToken,
    discoveryToken: props.discoveryToken,
    certificate: props.certificate,
    privateKey: props.privateKey,
    clientAuthority: props.clientAuthorities,
    edgeWitness: props.edgeWitness,
  });
}
