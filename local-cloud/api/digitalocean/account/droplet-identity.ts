import type { Cloud } from "./cloud";

/** What the metadata service tells a droplet about itself. */
export interface DropletIdentity {
  readonly id: number;
  readonly name: string;
  readonly region: string;
  readonly publicAddress: string;
  readonly anchorAddress: string;
  readonly privateAddress: string;
  readonly vpc: { readonly uuid: string; readonly ipRange: string };
  readonly userData: string;
  readonly publicKeys: readonly string[];
  readonly tags: readonly string[];
  readonly features: readonly string[];
}

/** The droplet with this public, anchor or VPC address. */
export function tryFindDroplet(cloud: Cloud, address: string): DropletIdentity | undefined {
  const droplet = [...cloud.store.droplets.values()].find(({ publicAddress, anchorAddress, privateAddress }) =>
    [publicAddress, anchorAddress, privateAddress].includes(address),
  );
  if (!droplet) return undefined;
  const vpc = cloud.store.vpcs.get(droplet.vpcId);
  return {
    id: droplet.id,
    name: droplet.name,
    region: droplet.region,
    publicAddress: droplet.publicAddress,
    anchorAddress: droplet.anchorAddress,
    privateAddress: droplet.privateAddress,
    vpc: { uuid: droplet.vpcId, ipRange: vpc?.ipRange ?? "" },
    userData: droplet.userData,
    publicKeys: droplet.publicKeys,
    tags: droplet.tags,
    features: droplet.features,
  };
}

/** The reserved IP of a droplet; it is active when the metadata says so, which is some time after the API does. */
export function tryFindReservedIp(
  cloud: Cloud,
  dropletId: number,
): { readonly address: string; readonly active: boolean } | undefined {
  const all = [...cloud.store.reservedIps.values()];
  const active = all.find(({ activeDropletId }) => activeDropletId === dropletId);
  const reserved = active ?? all.find((candidate) => candidate.dropletId === dropletId);
  return reserved && { address: reserved.address, active: reserved === active };
}
