import { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { Construct } from "constructs";
import { throwProblems } from "../cloud-init/problems";
import { checkRegion, checkVpcRange } from "./settings-checks";

export interface NetworkProps {
  /** Name of the VPC, unique in the account. */
  readonly name: string;
  /** DigitalOcean region slug. */
  readonly region: string;
  /** Addresses of the VPC, /16 to /24, which no other VPC of the account may use. */
  readonly ipRange: string;
}

/** The private network of all droplets and databases. Costs nothing. Another region or range replaces everything. */
export class Network extends Construct {
  public readonly vpc: Vpc;

  public constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    throwProblems([...checkRegion("region", props.region), ...checkVpcRange("ipRange", props.ipRange)]);
    this.vpc = new Vpc(this, "Resource", {
      name: props.name,
      region: props.region,
      ipRange: props.ipRange,
      // DigitalOcean refuses to delete a VPC while databases that were deleted still linger in it.
      timeouts: { delete: "30m" },
    });
  }
}
