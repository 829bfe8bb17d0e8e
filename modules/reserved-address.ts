import { ReservedIp } from "@cdktf/provider-digitalocean/lib/reserved-ip";
import { Construct } from "constructs";
import { checkGroup } from "../cloud-init/check-group";
import { throwProblems } from "../cloud-init/problems";
import { type Region, checkRegion } from "./settings-checks";

/** What the address needs to know. */
export interface ReservedAddressProps {
  /** DigitalOcean region slug; another one is refused while the address is protected. */
  readonly region: Region;
}

/**
 * The public address of the site, which outlives every load balancer. Free while it is assigned.
 *
 * Terraform does not say which droplet holds it: the load balancers settle that among themselves, and an assignment in
 * Terraform would move the address back with the next apply. Protected from destruction.
 */
export class ReservedAddress extends Construct {
  /** The address itself. */
  public readonly reservedIp: ReservedIp;

  public constructor(scope: Construct, id: string, props: ReservedAddressProps) {
    super(scope, id);
    throwProblems(checkGroup<ReservedAddressProps>("", props, { region: checkRegion }, { required: ["region"] }));
    this.reservedIp = new ReservedIp(this, "Resource", {
      region: props.region,
      lifecycle: { preventDestroy: true },
    });
  }
}
