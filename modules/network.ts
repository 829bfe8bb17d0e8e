import { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkName, checkNetwork, checkRegion, checkVpcRange } from "./settings-checks";
import { checkId, isGroup, shownKind } from "../cloud-init/value-checks";
import type { Region } from "./settings-checks";
import { withDefaults } from "./with-defaults";

/** What can be set of a network. */
export interface NetworkSettings {
  /** Addresses of the VPC, /16 to /24, which no other VPC of the account may use. @default "10.112.0.0/20" */
  readonly ipRange?: string;
}

export interface NetworkProps extends NetworkSettings {
  /** Name of the VPC, unique in the account. */
  readonly name: string;
  /** DigitalOcean region slug; another one replaces the VPC. */
  readonly region: Region;
}

/** What has to be known about a VPC; a `Vpc` of yours is one, and so is a data source. */
export interface VpcReference {
  /** Its id (UUID). */
  readonly id: string;
  /** Its addresses, `10.112.0.0/20`. */
  readonly ipRange: string;
}

/** A VPC that exists already, in the region of the site. It is not changed, and outlives the site. */
export interface ExistingNetwork {
  /** The VPC; another one replaces droplets and database. */
  readonly vpc: VpcReference;
}

export const networkDefaults = { ipRange: "10.112.0.0/20" };

/** Checks of a network's settings. */
export const networkChecks: Checks<NetworkSettings> = { ipRange: checkVpcRange };

/** Problems of a VPC that exists. */
export function checkExistingNetwork(path: string, network: ExistingNetwork): Problem[] {
  return checkGroup(path, network, { vpc: checkVpc }, { required: ["vpc"] });
}

/** Problems of what is known of a VPC: a reference, and no group of settings, as a provider's resource has many more. */
export function checkVpc(path: string, vpc: VpcReference): Problem[] {
  const problems = checkVpcId(path, vpc);
  return isGroup(vpc) ? [...problems, ...checkNetwork(`${path}.ipRange`, vpc.ipRange)] : problems;
}

/** The same where only its id is of use. */
export function checkVpcId(path: string, vpc: Pick<VpcReference, "id">): Problem[] {
  return isGroup(vpc) ? checkId(`${path}.id`, vpc.id) : [{ path, message: `must be a VPC, got ${shownKind(vpc)}` }];
}

/** The private network of all droplets and databases. Costs nothing. Another region or range replaces everything. */
export class Network extends Construct {
  /** The VPC that was made. */
  public readonly vpc: Vpc;

  public constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const checks = { ...networkChecks, name: checkName, region: checkRegion };
    throwProblems(checkGroup<NetworkProps>("", props, checks, { required: ["name", "region"] }));
    const { name, region, ipRange } = withDefaults(networkDefaults, props);
    this.vpc = new Vpc(this, "Resource", {
      name,
      region,
      ipRange,
      // DigitalOcean refuses to delete a VPC while databases that were deleted still linger in it.
      timeouts: { delete: "30m" },
    });
  }
}
