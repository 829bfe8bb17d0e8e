import { userConnections } from "../../../platform/database-connections";
import type { Cloud } from "../account/cloud";
import { poolConnections } from "../account/database-connections";
import { notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { DatabasePoolRecord, DatabaseServer } from "../account/store";
import { clusterOf, findDatabaseSize, findServer, viewCredentials } from "./database-servers";

const modes = ["session", "transaction", "statement"] as const;
const namePattern = /^[a-zA-Z0-9_-]{1,60}$/;
/** On a cluster, or on a replica by its own id. The sizes of all pools together stay below the server's connections. */
export const createPool: Handler = async (cloud, request) => {
  const server = findServer(cloud, request);
  if (server.status !== "online") throw unprocessable("cluster is not online");
  const name = request.body.text("name");
  if (!namePattern.test(name)) {
    throw unprocessable("invalid pool name: must be 1 to 60 letters, digits, underscores and dashes");
  }
  const pool = await changePools(cloud, server, () => {
    if (server.pools.some((other) => other.name === name)) {
      throw unprocessable(`connection pool name is not available: ${name}`);
    }
    const created: DatabasePoolRecord = { name, ...readPool(cloud, request, server, undefined) };
    return { pools: [...server.pools, created], result: created };
  });
  return { status: 201, body: { pool: viewPool(cloud, server, pool, request) } };
};

/** `GET /v2/databases/:database/pools/:pool`. */
export const getPool: Handler = (cloud, request) => {
  const server = findServer(cloud, request);
  return ok({ pool: viewPool(cloud, server, findPool(server, request), request) });
};

/** `GET /v2/databases/:database/pools`. */
export const listPools: Handler = (cloud, request) => {
  const server = findServer(cloud, request);
  return ok(paginate("pools", server.pools, request, (pool) => viewPool(cloud, server, pool, request)));
};

/** `PUT /v2/databases/:database/pools/:pool`. */
export const updatePool: Handler = async (cloud, request) => {
  const server = findServer(cloud, request);
  await changePools(cloud, server, () => {
    const pool = findPool(server, request);
    const changed = { name: pool.name, ...readPool(cloud, request, server, pool) };
    return { pools: server.pools.map((other) => (other === pool ? changed : other)), result: changed };
  });
  return noContent;
};

/** `DELETE /v2/databases/:database/pools/:pool`. */
export const deletePool: Handler = async (cloud, request) => {
  const server = findServer(cloud, request);
  await changePools(cloud, server, () => {
    const pool = findPool(server, request);
    return { pools: server.pools.filter((other) => other !== pool), result: pool };
  });
  return noContent;
};

function readPool(
  cloud: Cloud,
  request: ApiRequest,
  server: DatabaseServer,
  itself: DatabasePoolRecord | undefined,
): Omit<DatabasePoolRecord, "name"> {
  const cluster = clusterOf(cloud, server);
  const mode = request.body.choice("mode", modes);
  const size = request.body.number("size");
  const db = request.body.text("db");
  const user = request.body.optionalText("user");
  if (!cluster.databases.includes(db)) throw unprocessable(`database ${db} does not exist`);
  if (user !== undefined && !cluster.users.some(({ name }) => name === user))
    throw unprocessable(`user ${user} does not exist`);
  const available = userConnections(findDatabaseSize(cloud, server.size).memory);
  const others = server.pools.filter((pool) => pool !== itself).reduce((sum, pool) => sum + pool.size, 0);
  if (!Number.isInteger(size) || size < 1 || size > available - others) {
    throw unprocessable(`invalid pool size ${size}: ${available - others} backend connections are available`);
  }
  return { mode, size, db, user };
}

/** One change at a time, and the platform first: pools that it refuses do not appear. */
function changePools(
  cloud: Cloud,
  server: DatabaseServer,
  change: () => { readonly pools: DatabasePoolRecord[]; readonly result: DatabasePoolRecord },
): Promise<DatabasePoolRecord> {
  return cloud.turns.run(`pools of ${server.id}`, async () => {
    const { pools, result } = change();
    await cloud.platform.databases.setPools(
      server.id,
      pools.map(({ name, mode, size, db, user }) => ({ name, mode, size, database: db, user })),
    );
    server.pools = pools;
    return result;
  });
}

function findPool(server: DatabaseServer, request: ApiRequest): DatabasePoolRecord {
  const pool = server.pools.find(({ name }) => name === request.parameters["pool"]);
  if (!pool) throw notFound("pool not found");
  return pool;
}

function viewPool(
  cloud: Cloud,
  server: DatabaseServer,
  pool: DatabasePoolRecord,
  request: ApiRequest,
): Record<string, unknown> {
  return {
    name: pool.name,
    size: pool.size,
    db: pool.db,
    mode: pool.mode,
    ...(pool.user !== undefined && { user: pool.user }),
    ...poolConnections(server, clusterOf(cloud, server), pool, request.may(viewCredentials)),
  };
}
