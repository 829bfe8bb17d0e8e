import { addressPlan } from "../../../platform/address-plan";
import { netmaskOf } from "../../../platform/ipv4-range";
import { vpcGateway } from "./addresses";
import type { Image, Region, Size } from "./catalogue";
import type { Cloud } from "./cloud";
import type { ActionRecord, DropletRecord, ReservedIpRecord } from "./store";

/** Of the account's owner. Confirmed, so that alerts may go there. */
export const accountEmail = "local-cloud@example.com";

/** Id of the account's only project. */
export const defaultProjectId = "746c6152-2fa2-11ed-92d3-27aaa54e4988";

const bootMinimumDiskGb = 7;

/** A region by its slug, as droplets and actions show it. */
export function viewRegion(cloud: Cloud, slug: string): Record<string, unknown> | null {
  const region = cloud.catalogue.regions.find((candidate) => candidate.slug === slug);
  return region ? viewCatalogueRegion(cloud, region) : null;
}

/** A region as `GET /v2/regions` shows it. */
export function viewCatalogueRegion(cloud: Cloud, region: Region): Record<string, unknown> {
  return {
    name: region.name,
    slug: region.slug,
    features: ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
    available: true,
    sizes: cloud.catalogue.sizes.map(({ slug }) => slug),
  };
}

/** A size as `GET /v2/sizes` and droplets show it. */
export function viewSize(cloud: Cloud, size: Size): Record<string, unknown> {
  return {
    slug: size.slug,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    transfer: size.transfer,
    price_monthly: size.priceMonthly,
    price_hourly: size.priceHourly,
    regions: cloud.catalogue.regions.map(({ slug }) => slug),
    available: true,
    description: size.description,
  };
}

/** An image as `GET /v2/images` and droplets show it. */
export function viewImage(cloud: Cloud, image: Image): Record<string, unknown> {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: true,
    regions: cloud.catalogue.regions.map(({ slug }) => slug),
    created_at: image.createdAt,
    type: "base",
    min_disk_size: bootMinimumDiskGb,
    size_gigabytes: 0.43,
    description: `${image.distribution} ${image.name}`,
    tags: [],
    status: "available",
  };
}

/** A droplet as the API shows it: without addresses while it is new. */
export function viewDroplet(cloud: Cloud, droplet: DropletRecord): Record<string, unknown> {
  const size = cloud.catalogue.sizes.find(({ slug }) => slug === droplet.size);
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size?.memory,
    vcpus: size?.vcpus,
    disk: droplet.disk,
    disk_info: [{ type: "local", size: { amount: droplet.disk, unit: "gib" } }],
    locked: droplet.locked,
    status: droplet.status,
    kernel: null,
    created_at: droplet.createdAt,
    features: droplet.features,
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: viewImage(cloud, droplet.image),
    volume_ids: [],
    size: size && viewSize(cloud, size),
    size_slug: droplet.size,
    networks: { v4: droplet.status === "new" ? [] : viewAddresses(cloud, droplet), v6: [] },
    region: viewRegion(cloud, droplet.region),
    tags: droplet.tags,
    vpc_uuid: droplet.vpcId,
  };
}

/** Private, public, and a reserved IP after them as one more public address. */
function viewAddresses(cloud: Cloud, droplet: DropletRecord): object[] {
  const vpc = cloud.store.vpcs.get(droplet.vpcId);
  const reserved = [...cloud.store.reservedIps.values()].find(({ dropletId }) => dropletId === droplet.id);
  const publicNetwork = {
    netmask: addressPlan.public.netmask,
    gateway: addressPlan.public.gateway,
    type: "public",
  };
  return [
    ...(vpc
      ? [
          {
            ip_address: droplet.privateAddress,
            netmask: netmaskOf(vpc.ipRange),
            gateway: vpcGateway(vpc.ipRange),
            type: "private",
          },
        ]
      : []),
    { ip_address: droplet.publicAddress, ...publicNetwork },
    ...(reserved ? [{ ip_address: reserved.address, ...publicNetwork }] : []),
  ];
}

/** The droplet inside is shown to tokens that may read droplets. */
export function viewReservedIp(cloud: Cloud, reserved: ReservedIpRecord, may: (scope: string) => boolean): object {
  const droplet = reserved.dropletId === undefined ? undefined : cloud.store.droplets.get(reserved.dropletId);
  return {
    ip: reserved.address,
    region: viewRegion(cloud, reserved.region),
    locked: reserved.locked,
    project_id: defaultProjectId,
    droplet: droplet && may("droplet:read") ? viewDroplet(cloud, droplet) : null,
  };
}

/** An action as the API shows it. */
export function viewAction(cloud: Cloud, action: ActionRecord): Record<string, unknown> {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: action.startedAt,
    completed_at: action.completedAt,
    resource_id: action.resourceId,
    resource_type: action.resourceType,
    region: viewRegion(cloud, action.region),
    region_slug: action.region,
  };
}
