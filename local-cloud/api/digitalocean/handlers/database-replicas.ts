import { randomUUID } from "node:crypto";
import { timestamp } from "../../clock";
import { membershipChanged, type Cloud } from "../account/cloud";
import { databasePorts, serverConnections } from "../account/database-connections";
import { failedPrecondition, notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { DatabaseClusterRecord, DatabaseReplicaRecord } from "../account/store";
import {
  bringUp,
  checkNotFailed,
  findCluster,
  findDatabaseSize,
  placeOf,
  readPlace,
  takeAddresses,
  tearDown,
  viewCredentials,
} from "./database-servers";

const namePattern = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Refused with 412 until the primary is online. */
export const createReplica: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  if (cluster.status !== "online") throw failedPrecondition("cluster backup is not ready");
  const name = request.body.text("name");
  if (!namePattern.test(name))
    throw unprocessable("invalid name: must be 3 to 63 lower-case letters, digits and dashes");
  if (cloud.store.databaseServers().some((server) => server.name === name)) {
    throw unprocessable(`replica name is not available: ${name}`);
  }
  const size = findDatabaseSize(cloud, request.body.optionalText("size") ?? cluster.size);
  const { region, vpc, tags } = readPlace(cloud, request, cluster.region);
  const replica: DatabaseReplicaRecord = {
    addresses: takeAddresses(cloud, vpc, 1),
    id: randomUUID(),
    clusterId: cluster.id,
    name,
    region,
    vpcId: vpc.id,
    createdAt: timestamp(cloud.clock.now()),
    size: size.slug,
    storage: Math.max(size.storage, cluster.storage, request.body.optionalNumber("storage_size_mib") ?? 0),
    status: "creating",
    running: false,
    tags,
    rules: [],
    pools: [],
  };
  cluster.replicas.push(replica);
  bringUp(cloud, replica, () =>
    cloud.platform.databases.createReplica({
      ...placeOf(cloud, replica),
      id: replica.id,
      clusterId: cluster.id,
      name,
      memoryMiB: size.memory,
      port: databasePorts.direct,
    }),
  );
  return { status: 201, body: { replica: viewReplica(replica, cluster, request.may(viewCredentials)) } };
};

/** `GET /v2/databases/:database/replicas/:replica`. */
export const getReplica: Handler = (cloud, request) => {
  const { cluster, replica } = findReplica(cloud, request);
  checkNotFailed(replica);
  return ok({ replica: viewReplica(replica, cluster, request.may(viewCredentials)) });
};

/** `GET /v2/databases/:database/replicas`. */
export const listReplicas: Handler = (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const view = (replica: DatabaseReplicaRecord) => viewReplica(replica, cluster, request.may(viewCredentials));
  return ok(paginate("replicas", cluster.replicas, request, view));
};

/** `DELETE /v2/databases/:database/replicas/:replica`. */
export const deleteReplica: Handler = (cloud, request) => {
  const { cluster, replica } = findReplica(cloud, request);
  cluster.replicas = cluster.replicas.filter((other) => other !== replica);
  tearDown(cloud, replica, () => cloud.platform.databases.destroyReplica(replica.id));
  membershipChanged(cloud);
  return noContent;
};

/** The replica becomes a cluster of its own under its own id and name, with the users and databases it has copied. */
export const promoteReplica: Handler = async (cloud, request) => {
  const { cluster, replica } = findReplica(cloud, request);
  if (replica.status !== "online") throw unprocessable("replica is not online");
  await cloud.platform.databases.promoteReplica(replica.id);
  cluster.replicas = cluster.replicas.filter((other) => other !== replica);
  const { clusterId: _formerPrimary, ...server } = replica;
  cloud.store.clusters.set(replica.id, {
    ...server,
    projectId: cluster.projectId,
    version: cluster.version,
    nodeCount: 1,
    maintenance: { ...cluster.maintenance },
    users: cluster.users.map((user) => ({ ...user })),
    databases: [...cluster.databases],
    config: cluster.config,
    autoscale: undefined,
    replicas: [],
  });
  return noContent;
};

function findReplica(
  cloud: Cloud,
  request: ApiRequest,
): { cluster: DatabaseClusterRecord; replica: DatabaseReplicaRecord } {
  const cluster = findCluster(cloud, request);
  const replica = cluster.replicas.find(({ name }) => name === request.parameters["replica"]);
  if (!replica) throw notFound("replica not found");
  return { cluster, replica };
}

function viewReplica(
  replica: DatabaseReplicaRecord,
  cluster: DatabaseClusterRecord,
  mayViewCredentials: boolean,
): Record<string, unknown> {
  return {
    id: replica.id,
    name: replica.name,
    ...serverConnections(replica, cluster, mayViewCredentials),
    region: replica.region,
    status: replica.status,
    created_at: replica.createdAt,
    size: replica.size,
    private_network_uuid: replica.vpcId,
    tags: replica.tags,
    storage_size_mib: replica.storage,
  };
}
