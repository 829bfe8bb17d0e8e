import { type Checks, checkGroup } from "../check-group";
import type { HostFile } from "../host-file";
import { isLate } from "../late-values";
import { checkToken } from "../node-settings";
import { checkCertificates } from "../pem";
import { ports } from "../ports";
import type { Problem } from "../problems";
import { checkBoolean, checkId, checkWhole, checkWord, isGroup, shownKind } from "../value-checks";
import { databaseAuthorityPath } from "./database-authority";
import { readPart } from "./parts";

const poolModes = ["session", "transaction"] as const;

/** When a session of an application gives its server connection back (PgBouncer). */
export type PoolMode = (typeof poolModes)[number];

/** What can be set of the database endpoints of nodes. Each replaces the nodes that have them. */
export interface DatabaseEndpointSettings {
  /**
   * When a session gives its server connection back: at its end, which every driver takes for granted, or after each
   * transaction, for drivers that are told so. @default "session"
   */
  readonly poolMode?: PoolMode;
  /**
   * Seconds that a replica may be behind the primary until it is no longer read from, 1 to 3600. Ten are more than a healthy
   * replica ever is, and less than a person waits for what was just written. @default 10
   */
  readonly maximumReplicaLagSeconds?: number;
  /**
   * Seconds that a statement of the application's user may take, 0 for any time, 86400 at most: longer than any visitor
   * waits. Not in the release command. Only where the nodes have `adminUrl`, as of our own database. @default 120
   */
  readonly statementTimeoutSeconds?: number;
  /** The same for the wait for a lock: who waits for longer holds up all who come after. @default 30 */
  readonly lockTimeoutSeconds?: number;
  /** The same for a transaction in which nothing happens, and whose locks stay. @default 60 */
  readonly idleInTransactionTimeoutSeconds?: number;
}

export const endpointDefaults = {
  poolMode: "session",
  maximumReplicaLagSeconds: 10,
  statementTimeoutSeconds: 120,
  lockTimeoutSeconds: 30,
  idleInTransactionTimeoutSeconds: 60,
} as const;

/** Server connections of an endpoint where nothing else is said. */
export const defaultDatabaseConnections = 20;

/** Checks of the settings of database endpoints. */
export const endpointChecks: Checks<DatabaseEndpointSettings> = {
  poolMode: (path, mode) => checkWord(path, mode, poolModes),
  maximumReplicaLagSeconds: (path, seconds) => checkWhole(path, seconds, 1, 3600),
  statementTimeoutSeconds: checkTimeout,
  lockTimeoutSeconds: checkTimeout,
  idleInTransactionTimeoutSeconds: checkTimeout,
};

function checkTimeout(path: string, seconds: number): Problem[] {
  return checkWhole(path, seconds, 0, 86_400);
}

/** How an application reaches its database. */
export interface DatabaseConnection extends DatabaseEndpointSettings {
  /** URL of the application's user at the primary itself; sensitive, may be late. @default `writeUrl` */
  readonly directUrl?: string;
  /** URL of the primary. One of a pool is not used where there is a `directUrl`. Sensitive, may be late. */
  readonly writeUrl: string;
  /** URL of all replicas, where the API does not name them; sensitive, may be late. @default none */
  readonly readUrl?: string;
  /** Id of the DigitalOcean cluster, whose API names the replicas; may be late. @default none: those of `readUrl` */
  readonly clusterId?: string;
  /** DigitalOcean token that may read that (`database:read`); sensitive, may be late. @default none */
  readonly token?: string;
  /**
   * libpq URL of the administrator (`doadmin`), directly to the primary and to the application's own database; may be
   * late. Sensitive. With it, nodes let the user of `writeUrl` create on that database and in its schema `public` before the
   * application starts, if it may not yet. Without it, somebody must have granted that. @default no grants
   */
  readonly adminUrl?: string;
  /** Whether nobody else uses the cluster: with `adminUrl`, its database `defaultdb` is then closed to users. @default false */
  readonly isExclusive?: boolean;
  /** PEM of the authority of the database servers, at `databaseAuthorityPath`; may be late. */
  readonly authority: string;
}

/** Checks of how the database is reached. */
export const databaseChecks: Checks<DatabaseConnection> = {
  directUrl: checkDatabaseUrl,
  writeUrl: checkDatabaseUrl,
  readUrl: checkDatabaseUrl,
  clusterId: checkId,
  token: checkToken,
  adminUrl: checkDatabaseUrl,
  isExclusive: checkBoolean,
  authority: checkCertificates,
  ...endpointChecks,
};

/** Problems of how a database is reached: a reference, and no group of settings, as a `PostgresCluster` has more. */
export function checkDatabase(path: string, database: DatabaseConnection): Problem[] {
  if (!isGroup(database)) return [{ path, message: `must be a database, got ${shownKind(database)}` }];
  const known = Object.entries(database).filter(([name]) => Object.hasOwn(databaseChecks, name));
  const required = ["writeUrl", "authority"] as const;
  return checkGroup(path, Object.fromEntries(known) as unknown as DatabaseConnection, databaseChecks, { required });
}

/** Goes into an environment file, which gives a meaning to quotes, backslashes and blanks. Never in the message. */
const databaseUrlPattern = /^postgres(ql)?:\/\/[A-Za-z0-9._~%!$&()*+,;=:@/?[\]-]+$/;

function checkDatabaseUrl(path: string, url: string): Problem[] {
  return isLate(url) || (typeof url === "string" && databaseUrlPattern.test(url))
    ? []
    : [{ path, message: "must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX" }];
}

/** Units of a node with database endpoints, in the order of their start. */
export const endpointUnits = [
  "follow-database.service",
  ...["write", "read-1", "read-2", "read-3", "read-4"].map((name) => `database-endpoint@${name}.service`),
];

/** Packages of a node with database endpoints. */
export const endpointPackages = ["pgbouncer", "python3-psycopg"];

/** Before the endpoints start: the package brings a PgBouncer of its own, which nobody uses. */
export const endpointCommands = [["systemctl", "disable", "--quiet", "--now", "pgbouncer.service"]];

/** Room for values that are made at apply; user and name of the database have 63 letters at most. */
const urlBytes = 512;
const tokenBytes = 128;
const pemBytes = 2048;

/**
 * What an application is told, and the endpoints that it is led to: where the servers are is no part of it but for the
 * primary's name, so that a replica more or less replaces no node.
 */
export function databaseFiles(
  database: DatabaseConnection,
  port: number,
  databaseConnections = defaultDatabaseConnections,
): HostFile[] {
  const { writeUrl, directUrl = writeUrl, clusterId = "", readUrl, token } = database;
  const settings = completed(database);
  // Without both, the API names nobody.
  const asks = clusterId !== "" && token !== undefined;
  const secrets = readPart("secret", { APP_PORT: String(port), DATABASE_DIRECT_URL: directUrl });
  const endpoints = readPart("endpoints", {
    WRITE_PORT: String(ports.databaseWrite),
    READ_PORT: String(ports.databaseRead),
    POOL_MODE: settings.poolMode,
    POOL_SIZE: String(databaseConnections),
    MAXIMUM_LAG_SECONDS: String(settings.maximumReplicaLagSeconds),
    CLUSTER_ID: asks ? clusterId : "",
    DATABASE_TOKEN: asks ? token : "",
    DATABASE_READ_URL: asks ? "" : (readUrl ?? ""),
  });
  return [
    ...[...secrets, ...endpoints].map((file) =>
      file.path.endsWith(".env")
        ? {
            ...file,
            permissions: "0600",
            reserveBytes: asks && !secrets.includes(file) ? tokenBytes : urlBytes,
          }
        : file,
    ),
    { path: databaseAuthorityPath, content: `${database.authority.trimEnd()}\n`, reserveBytes: pemBytes },
  ];
}

function completed(database: DatabaseConnection): Required<DatabaseEndpointSettings> {
  const given = Object.entries(database).filter(([, value]) => value !== undefined);
  return { ...endpointDefaults, ...(Object.fromEntries(given) as DatabaseEndpointSettings) };
}

/** What grants the application's user what it needs, and sets its time-outs. */
export function prepareFiles(adminUrl: string, database: DatabaseConnection): HostFile[] {
  const { statementTimeoutSeconds, lockTimeoutSeconds, idleInTransactionTimeoutSeconds } = completed(database);
  return [
    ...readPart("primary", {}),
    ...readPart("prepare", {
      CLOSED_DATABASE: database.isExclusive ? "defaultdb" : "",
      STATEMENT_TIMEOUT_SECONDS: String(statementTimeoutSeconds),
      LOCK_TIMEOUT_SECONDS: String(lockTimeoutSeconds),
      IDLE_IN_TRANSACTION_TIMEOUT_SECONDS: String(idleInTransactionTimeoutSeconds),
    }),
    {
      path: "/etc/infrastructure/database-admin.url",
      content: `${adminUrl}\n`,
      permissions: "0600",
      reserveBytes: urlBytes,
    },
  ];
}
