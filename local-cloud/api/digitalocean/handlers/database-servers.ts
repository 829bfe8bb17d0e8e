import { randomBytes } from "node:crypto";
import type { DatabaseNodeAddresses, DatabasePlace } from "../../../platform/platform";
import { takeAll } from "../account/addresses";
import type { DatabaseSize } from "../account/catalogue";
import type { Cloud } from "../account/cloud";
import { privateHost, publicHost } from "../account/database-connections";
import { forbidden, notFound, serverError, unprocessable } from "../account/errors";
import type { ApiRequest } from "../account/route";
import type { DatabaseClusterRecord, DatabaseServer, VpcRecord } from "../account/store";
import { checkTagName, ensureTag } from "./tags";
import { vpcOrDefault } from "./vpcs";

/** The scope without which passwords are left out of answers. */
export const viewCredentials = "database:view_credentials";

/** The cluster that the path names. */
export function findCluster(cloud: Cloud, request: ApiRequest): DatabaseClusterRecord {
  const cluster = cloud.store.clusters.get(request.parameters["database"] ?? "");
  if (!cluster) throw notFound("cluster not found");
  return cluster;
}

/** A cluster or a replica: firewalls, pools and resizes take the id of either. */
export function findServer(cloud: Cloud, request: ApiRequest): DatabaseServer {
  const wanted = request.parameters["database"];
  const server = cloud.store.databaseServers().find(({ id }) => id === wanted);
  if (!server) throw notFound("cluster not found");
  return server;
}

/** The cluster that a server belongs to: itself, or a replica's primary. */
export function clusterOf(cloud: Cloud, server: DatabaseServer): DatabaseClusterRecord {
  for (const cluster of cloud.store.clusters.values()) {
    if (cluster === server || cluster.replicas.some((replica) => replica === server)) return cluster;
  }
  throw notFound("cluster not found");
}

/** A plan by its slug. */
export function findDatabaseSize(cloud: Cloud, slug: string): DatabaseSize {
  const size = cloud.catalogue.databaseSizes.find((candidate) => candidate.slug === slug);
  if (!size) throw unprocessable(`invalid size ${slug}`);
  return size;
}

/** How many nodes a plan allows, primary included. */
export function checkNodeCount(size: DatabaseSize, count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > size.largestNodeCount) {
    throw unprocessable(`invalid num_nodes for ${size.slug}: must be 1 to ${size.largestNodeCount}, got ${count}`);
  }
  return count;
}

/** Where a new server is to be. */
export interface Place {
  readonly region: string;
  readonly vpc: VpcRecord;
  readonly tags: string[];
}

/** Region, VPC and tags of a new server; tags are made if they are new. */
export function readPlace(cloud: Cloud, request: ApiRequest, defaultRegion: string | undefined): Place {
  const region = request.body.optionalText("region") ?? defaultRegion;
  if (region === undefined || !cloud.catalogue.regions.some(({ slug }) => slug === region)) {
    throw unprocessable(`invalid region ${region}`);
  }
  if (request.body.list("tags").length > 0 && !request.may("tag:create")) throw forbidden();
  const tagNames = request.body.texts("tags").map((name) => checkTagName(name));
  const vpc = vpcOrDefault(cloud, request.body.optionalText("private_network_uuid"), region);
  const tags = tagNames.map((name) => ensureTag(cloud, name).name);
  return { region, vpc, tags: [...new Set(tags)] };
}

/** `taken`, and as many more as make `count` nodes: a public one and one in the VPC each. All that are needed, or none. */
export function takeAddresses(
  cloud: Cloud,
  vpc: VpcRecord,
  count: number,
  taken: readonly DatabaseNodeAddresses[] = [],
): readonly DatabaseNodeAddresses[] {
  const addresses = [...taken];
  try {
    while (addresses.length < count) {
      const [publicAddress, privateAddress] = takeAll([cloud.addresses.databases, cloud.addresses.ofVpc(vpc)]);
      addresses.push({ publicAddress, privateAddress });
    }
    return addresses;
  } catch (error) {
    freeAddresses(cloud, vpc, addresses.slice(taken.length));
    throw error;
  }
}

function freeAddresses(cloud: Cloud, vpc: VpcRecord | undefined, addresses: readonly DatabaseNodeAddresses[]): void {
  for (const { publicAddress, privateAddress } of addresses) {
    cloud.addresses.databases.free(publicAddress);
    if (vpc) cloud.addresses.ofVpc(vpc).free(privateAddress);
  }
}

/** What the platform must know to place a server. */
export function placeOf(cloud: Cloud, server: DatabaseServer): DatabasePlace {
  const vpc = cloud.store.vpcs.get(server.vpcId);
  return {
    hostname: publicHost(server),
    privateHostname: privateHost(server),
    vpc: { uuid: server.vpcId, ipRange: vpc?.ipRange ?? "" },
    addresses: server.addresses,
  };
}

/**
 * Brings a new server up in the background: creating → online, or failed. What was set on it meanwhile is handed over
 * before it shows "online", trusted sources first.
 */
export function bringUp(cloud: Cloud, server: DatabaseServer, create: () => Promise<void>): void {
  void (async () => {
    try {
      await cloud.clock.sleep(cloud.latencies.databaseCreate);
      await create();
      server.running = true;
      await cloud.trustedSources.settled(server.id);
      server.status = "online";
    } catch (error) {
      server.status = "failed";
      cloud.log.error(
        { err: error, database: server.id, name: server.name },
        "the platform could not create a database",
      );
    }
  })();
}

/** A server whose creation failed says so, instead of being "creating" for ever. */
export function checkNotFailed(server: DatabaseServer): void {
  if (server.status === "failed")
    throw serverError(`database ${server.name} could not be created; see the log of the local cloud`);
}

/** Destroys a server that the API no longer shows; its VPC stays occupied until the platform is done. */
export function tearDown(cloud: Cloud, server: DatabaseServer, destroy: () => Promise<void>): void {
  const member = { vpcId: server.vpcId };
  cloud.store.lingeringMembers.add(member);
  void (async () => {
    try {
      await destroy();
    } catch (error) {
      cloud.log.error(
        { err: error, database: server.id, name: server.name },
        "the platform could not destroy a database",
      );
    }
    freeAddresses(cloud, cloud.store.vpcs.get(server.vpcId), server.addresses);
    if (cloud.latencies.vpcMemberLinger > 0) await cloud.clock.sleep(cloud.latencies.vpcMemberLinger);
    cloud.store.lingeringMembers.delete(member);
  })();
}

/** DigitalOcean's kind of database password: safe in a URL. */
export function newPassword(): string {
  return `AVNS_${randomBytes(12).toString("base64url")}`;
}
