import { randomUUID } from "node:crypto";
import { addressPlan } from "../../../platform/address-plan";
import { parseIpv4, formatIpv4, contains, overlap, parseNetwork, tryParseNetwork } from "../../../platform/ipv4-range";
import { timestamp } from "../../clock";
import type { Cloud } from "../account/cloud";
import { conflict, forbidden, notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { VpcRecord } from "../account/store";

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(parseNetwork);
/** DigitalOcean's own use, and the range of anchor addresses. */
const takenRanges = ["10.229.0.0/16", "10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", addressPlan.anchor.range];
const firstGeneratedRange = "10.100.0.0";
const generatedPrefix = 20;

/** The range must be private, /16 to /28, and apart from every other VPC of the account. */
export const createVpc: Handler = (cloud, request) => {
  const name = checkedName(cloud, request.body.text("name"), undefined);
  const region = request.body.text("region");
  if (!cloud.catalogue.regions.some(({ slug }) => slug === region)) throw unprocessable(`region ${region} is invalid`);
  const wantedRange = request.body.optionalText("ip_range");
  if (wantedRange !== undefined) checkRange(cloud, wantedRange);
  const vpc = addVpc(cloud, {
    name,
    description: checkedDescription(request),
    region,
    ipRange: wantedRange ?? generateRange(cloud),
    isDefault: false,
  });
  return { status: 201, body: { vpc: viewVpc(vpc) } };
};

/** `GET /v2/vpcs/:vpc`. */
export const getVpc: Handler = (cloud, request) => ok({ vpc: viewVpc(findVpc(cloud, request)) });

/** `GET /v2/vpcs`. */
export const listVpcs: Handler = (cloud, request) =>
  ok(paginate("vpcs", [...cloud.store.vpcs.values()], request, viewVpc));

/** `PUT /v2/vpcs/:vpc`, `PATCH /v2/vpcs/:vpc`. */
export const updateVpc: Handler = (cloud, request) => {
  const vpc = findVpc(cloud, request);
  const name = request.body.optionalText("name");
  if (name !== undefined) vpc.name = checkedName(cloud, name, vpc);
  if (request.body.has("description")) vpc.description = checkedDescription(request);
  if (request.body.flag("default", false)) {
    for (const other of cloud.store.vpcs.values()) if (other.region === vpc.region) other.isDefault = false;
    vpc.isDefault = true;
  }
  return ok({ vpc: viewVpc(vpc) });
};

/** Refused for the default VPC (403) and while anything is in it (409). */
export const deleteVpc: Handler = (cloud, request) => {
  const vpc = findVpc(cloud, request);
  if (vpc.isDefault) throw forbidden("Can not delete default VPCs");
  const lingering = [...cloud.store.lingeringMembers].some(({ vpcId }) => vpcId === vpc.id);
  if (lingering || members(cloud, vpc).length > 0) throw conflict("Can not delete VPC with members");
  cloud.store.vpcs.delete(vpc.id);
  return noContent;
};

/** `GET /v2/vpcs/:vpc/members`. */
export const listVpcMembers: Handler = (cloud, request) => {
  const type = request.query["resource_type"];
  const all = members(cloud, findVpc(cloud, request));
  const shown = all.filter(
    ({ urn }) => type === undefined || urn.startsWith(`do:${type === "database" ? "dbaas" : type}:`),
  );
  return ok(paginate("members", shown, request, (member) => member));
};

/** The VPC that a request names, or the region's default one, made at its first use. */
export function vpcOrDefault(cloud: Cloud, id: string | undefined, region: string): VpcRecord {
  if (id !== undefined) {
    const vpc = cloud.store.vpcs.get(id);
    if (!vpc) throw unprocessable(`VPC ${id} does not exist`);
    if (vpc.region !== region) throw unprocessable(`VPC ${id} is in region ${vpc.region}, not in ${region}`);
    return vpc;
  }
  const standing = [...cloud.store.vpcs.values()].find((vpc) => vpc.isDefault && vpc.region === region);
  return (
    standing ??
    addVpc(cloud, {
      name: `default-${region}`,
      description: "",
      region,
      ipRange: generateRange(cloud),
      isDefault: true,
    })
  );
}

function addVpc(cloud: Cloud, fields: Omit<VpcRecord, "id" | "createdAt">): VpcRecord {
  const vpc = { ...fields, id: randomUUID(), createdAt: timestamp(cloud.clock.now()) };
  cloud.store.vpcs.set(vpc.id, vpc);
  return vpc;
}

function findVpc(cloud: Cloud, request: ApiRequest): VpcRecord {
  const vpc = cloud.store.vpcs.get(request.parameters["vpc"] ?? "");
  if (!vpc) throw notFound();
  return vpc;
}

function checkedName(cloud: Cloud, name: string, itself: VpcRecord | undefined): string {
  if (!/^[a-zA-Z0-9\-.]+$/.test(name))
    throw unprocessable("VPC name may only contain letters, digits, dashes and periods");
  if ([...cloud.store.vpcs.values()].some((vpc) => vpc.name === name && vpc !== itself)) {
    throw unprocessable(`VPC name ${name} is already in use`);
  }
  return name;
}

function checkedDescription(request: ApiRequest): string {
  const description = request.body.optionalText("description") ?? "";
  if (description.length > 255) throw unprocessable("VPC description may not be longer than 255 characters");
  return description;
}

function checkRange(cloud: Cloud, text: string): void {
  const range = tryParseNetwork(text);
  if (!range || range.prefix < 16 || range.prefix > 28 || !privateRanges.some((outer) => contains(outer, range))) {
    throw unprocessable(`ip_range ${text}: must be a private (RFC 1918) network of size /16 to /28`);
  }
  const taken = takenRanges.find((other) => overlap(parseNetwork(other), range));
  if (taken !== undefined) throw unprocessable(`ip_range ${text}: overlaps with the reserved range ${taken}`);
  if ([...cloud.store.vpcs.values()].some((vpc) => overlap(parseNetwork(vpc.ipRange), range))) {
    throw unprocessable("This range/size overlaps with another VPC network in your account.");
  }
}

function generateRange(cloud: Cloud): string {
  const used = [...takenRanges, ...[...cloud.store.vpcs.values()].map(({ ipRange }) => ipRange)].map(parseNetwork);
  for (let first = parseIpv4(firstGeneratedRange); ; first += 2 ** (32 - generatedPrefix)) {
    const candidate = `${formatIpv4(first)}/${generatedPrefix}`;
    const range = parseNetwork(candidate);
    if (!used.some((other) => overlap(other, range))) return candidate;
  }
}

function members(cloud: Cloud, vpc: VpcRecord): Array<{ name: string; urn: string; created_at: string }> {
  const droplets = [...cloud.store.droplets.values()].filter(({ vpcId }) => vpcId === vpc.id);
  const databases = cloud.store.databaseServers().filter(({ vpcId }) => vpcId === vpc.id);
  return [
    ...droplets.map(({ name, id, createdAt }) => ({ name, urn: `do:droplet:${id}`, created_at: createdAt })),
    ...databases.map(({ name, id, createdAt }) => ({ name, urn: `do:dbaas:${id}`, created_at: createdAt })),
  ];
}

function viewVpc(vpc: VpcRecord): Record<string, unknown> {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region,
    ip_range: vpc.ipRange,
    created_at: vpc.createdAt,
    default: vpc.isDefault,
  };
}
