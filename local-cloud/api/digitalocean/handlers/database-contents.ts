import type { Cloud } from "../account/cloud";
import { adminUser, defaultDatabase } from "../account/database-connections";
import { notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { DatabaseClusterRecord, DatabaseUserRecord } from "../account/store";
import { findCluster, newPassword, viewCredentials } from "./database-servers";

const identifierPattern = /^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}$/;

/** A user of role "normal" without any grant; the password is made here. */
export const createDatabaseUser: Handler = async (cloud, request) => {
  const cluster = findOnline(cloud, request);
  const name = checkedIdentifier(request.body.text("name"));
  if (cluster.users.some((user) => user.name === name)) throw unprocessable(`user name is not available: ${name}`);
  const user: DatabaseUserRecord = { name, role: "normal", password: newPassword() };
  cluster.users.push(user);
  try {
    await cloud.platform.databases.setUser(cluster.id, name, user.password);
  } catch (error) {
    cluster.users = cluster.users.filter((other) => other !== user);
    throw error;
  }
  return { status: 201, body: { user: viewUser(user, request) } };
};

/** `GET /v2/databases/:database/users/:user`. */
export const getDatabaseUser: Handler = (cloud, request) =>
  ok({ user: viewUser(findUser(findCluster(cloud, request), request), request) });

/** `GET /v2/databases/:database/users`. */
export const listDatabaseUsers: Handler = (cloud, request) =>
  ok(paginate("users", findCluster(cloud, request).users, request, (user) => viewUser(user, request)));

/** `DELETE /v2/databases/:database/users/:user`. */
export const deleteDatabaseUser: Handler = async (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const user = findUser(cluster, request);
  if (user.name === adminUser) throw unprocessable(`user ${adminUser} can not be deleted`);
  await cloud.platform.databases.removeUser(cluster.id, user.name);
  cluster.users = cluster.users.filter((other) => other !== user);
  return noContent;
};

/** `POST /v2/databases/:database/users/:user/reset_auth`. */
export const resetDatabaseUser: Handler = async (cloud, request) => {
  const cluster = findOnline(cloud, request);
  const user = findUser(cluster, request);
  const password = newPassword();
  await cloud.platform.databases.setUser(cluster.id, user.name, password);
  user.password = password;
  return ok({ user: viewUser(user, request) });
};

/** `POST /v2/databases/:database/dbs`. */
export const createDatabase: Handler = async (cloud, request) => {
  const cluster = findOnline(cloud, request);
  const name = checkedIdentifier(request.body.text("name"));
  if (cluster.databases.includes(name)) throw unprocessable(`database name is not available: ${name}`);
  cluster.databases.push(name);
  try {
    await cloud.platform.databases.setDatabase(cluster.id, name);
  } catch (error) {
    cluster.databases = cluster.databases.filter((other) => other !== name);
    throw error;
  }
  return { status: 201, body: { db: { name } } };
};

/** `GET /v2/databases/:database/dbs/:db`. */
export const getDatabase: Handler = (cloud, request) =>
  ok({ db: { name: findDatabase(findCluster(cloud, request), request) } });

/** `GET /v2/databases/:database/dbs`. */
export const listDatabases: Handler = (cloud, request) =>
  ok(paginate("dbs", findCluster(cloud, request).databases, request, (name) => ({ name })));

/** `DELETE /v2/databases/:database/dbs/:db`. */
export const deleteDatabase: Handler = async (cloud, request) => {
  const cluster = findCluster(cloud, request);
  const name = findDatabase(cluster, request);
  if (name === defaultDatabase) throw unprocessable(`database ${defaultDatabase} can not be deleted`);
  await cloud.platform.databases.removeDatabase(cluster.id, name);
  cluster.databases = cluster.databases.filter((other) => other !== name);
  return noContent;
};

/** A cluster that can be changed now. */
export function findOnline(cloud: Cloud, request: ApiRequest): DatabaseClusterRecord {
  const cluster = findCluster(cloud, request);
  if (cluster.status !== "online") throw unprocessable("cluster is not online");
  return cluster;
}

function checkedIdentifier(name: string): string {
  if (!identifierPattern.test(name))
    throw unprocessable(`invalid name ${name}: must be 1 to 63 letters, digits, underscores and dashes`);
  return name;
}

function findUser(cluster: DatabaseClusterRecord, request: ApiRequest): DatabaseUserRecord {
  const user = cluster.users.find(({ name }) => name === request.parameters["user"]);
  if (!user) throw notFound("user not found");
  return user;
}

function findDatabase(cluster: DatabaseClusterRecord, request: ApiRequest): string {
  const name = cluster.databases.find((candidate) => candidate === request.parameters["db"]);
  if (name === undefined) throw notFound("db not found");
  return name;
}

function viewUser(user: DatabaseUserRecord, request: ApiRequest): Record<string, unknown> {
  return { name: user.name, role: user.role, password: request.may(viewCredentials) ? user.password : "" };
}
