import { type Checks, checkGroup } from "../check-group";
import { checkHealthPath, defaultHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import { nodeChecks, nodeContentsChecks, type NodeContents, type NodeSettings } from "../node-settings";
import { ports } from "../ports";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import {
  type Container,
  checkArguments,
  containerChecks,
  containerCommands,
  containerFiles,
  portOf,
} from "./container";
import { databaseAuthorityPath } from "./database-authority";
import { type CanarySettings, canaryFiles, checkCanary } from "./canary";
import { readPart } from "./parts";
import { type WorkersAndSchedules, workersAndSchedules, workersAndSchedulesChecks } from "./workers-and-schedules";

/**
 * What runs on the app nodes.
 * - `demo`: a guest book that shows which servers made each answer.
 * - `container`: an image, run without any privilege that it does not ask for: whatever user it names is nobody on the
 *   node, no capability, root file system read-only (`/tmp` and `/run` are writable, in memory), host network.
 */
export type Application = DemoApplication | ContainerApplication;

/** The guest book. */
export interface DemoApplication {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "demo";
}

/** An image of yours. */
export interface ContainerApplication extends Container {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "container";
  /**
   * Path that answers 200 to 399 while the application works, asked on the node itself by the site's name as if by a
   * visitor over HTTPS. It must not depend on the database: a dead database would take every app node out of service.
   * A slow answer is none of a dead application: a node that owes one for a second gets requests only while the others are as
   * busy, and one that gave none for 120 s is restarted. @default "/healthz"
   */
  readonly healthPath?: string;
  /**
   * Command in the place of `command` that runs once for each new version, on one of its nodes, before any of them serves:
   * migrations. `DATABASE_URL` then leads to the primary itself. When it fails, the roll-out stops with the end of its
   * output, and the old version serves on. Nodes take turns by a lock in the database, where the application's user has to
   * be allowed to create a schema. It counts towards the readiness limit. @default none
   */
  readonly releaseCommand?: readonly string[];
}

/** What of the app nodes is yours. */
export interface AppContents extends NodeContents, WorkersAndSchedules {
  /** What runs on the nodes. @default the demo */
  readonly application?: Application;
  /**
   * Tries the first node of a new version on a few visitors: it gets a small share of the requests, and if it answers more
   * of them with errors than the old nodes, or much more slowly, it is taken out and the deployment fails there. `{}` turns
   * it on, `false` off; either replaces the web nodes as well. It adds its seconds to each roll-out of the app nodes. The
   * version is the user-data, which what is left of `app` makes. @default false
   */
  readonly canary?: CanarySettings | false;
}

/** How an application reaches its database. */
export interface DatabaseConnection {
  /**
   * URL of one server for reading and writing that a driver can use as it is: with prepared statements, settings of a
   * session, advisory locks. A pool in session mode, or none. Sensitive, may be late. @default `directUrl`
   */
  readonly url?: string;
  /** URL of the primary itself, never through a pool: for migrations and LISTEN; sensitive. @default `writeUrl` */
  readonly directUrl?: string;
  /** libpq URL for writing, of the primary or its pool in transaction mode; sensitive, may be late. */
  readonly writeUrl: string;
  /** libpq URL for reading, of all replicas and then the primary; sensitive, may be late. */
  readonly readUrl: string;
  /**
   * libpq URL of the administrator (`doadmin`), directly to the primary and to the application's own database; may be
   * late. Sensitive. With it, each node grants the user of `writeUrl` CREATE on that database and its schema `public` before the
   * application starts, and then deletes it. Without it, somebody must have granted that. @default no grants
   */
  readonly adminUrl?: string;
  /** PEM of the authority of the database servers, at `databaseAuthorityPath`; may be late. */
  readonly authority: string;
}

/** What an app node is told. */
export interface AppSettings extends NodeSettings, AppContents {
  /** Public name of the site, `www.example.com`, by which the application is asked how it is. */
  readonly hostname: string;
  readonly database: DatabaseConnection;
}

/** Room for values that are made at apply. */
const urlBytes = 1024;
const pemBytes = 2048;

/** User-data of every app node. Throws a `SettingsError` with all problems of the settings. */
export function appUserData(settings: AppSettings): string {
  throwProblems(checkAppSettings(settings));
  return renderRoleUserData(app(settings), settings);
}

/** The files of an app node as they will stand on it. */
export function appFiles(settings: AppSettings): HostFile[] {
  return roleFiles(app(settings), settings);
}

/** Checks of what is yours on the app nodes. */
export const appContentsChecks: Checks<AppContents> = {
  ...nodeContentsChecks,
  application: checkApplication,
  canary: checkCanary,
  ...workersAndSchedulesChecks(({ application }: AppContents) => containerOf(application) !== undefined),
};

/** Checks of how the database is reached. */
export const databaseChecks: Checks<DatabaseConnection> = {
  url: checkDatabaseUrl,
  directUrl: checkDatabaseUrl,
  writeUrl: checkDatabaseUrl,
  readUrl: checkDatabaseUrl,
  adminUrl: checkDatabaseUrl,
  authority: (path, pem) =>
    isLate(pem) || pem.startsWith("-----BEGIN CERTIFICATE-----\n")
      ? []
      : [{ path, message: "must be a PEM certificate (-----BEGIN CERTIFICATE-----)" }],
};

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkAppSettings(settings: AppSettings): Problem[] {
  return checkGroup("", settings, {
    ...nodeChecks,
    ...appContentsChecks,
    hostname: (path, name) => problemsOf(path, () => Hostname.parse(name)),
    database: (path, database) => checkGroup(path, database, databaseChecks),
  });
}

/** Goes into an environment file, which gives a meaning to quotes, backslashes and blanks. Never in the message. */
const databaseUrlPattern = /^postgres(ql)?:\/\/[A-Za-z0-9._~%!$&()*+,;=:@/?[\]-]+$/;

function checkDatabaseUrl(path: string, url: string): Problem[] {
  return isLate(url) || databaseUrlPattern.test(url)
    ? []
    : [{ path, message: "must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX" }];
}

function checkApplication(path: string, application: Application): Problem[] {
  const kind = () => [];
  if (application?.kind === "demo") return checkGroup(path, application, { kind });
  if (application?.kind === "container")
    return checkGroup(
      path,
      application,
      { kind, ...containerChecks, healthPath: checkHealthPath, releaseCommand: checkArguments },
      { required: ["image"] },
    );
  return [kindProblem(path, ["demo", "container"], application)];
}

/** Something of which there are several kinds, and that is none of them. */
export function kindProblem(path: string, kinds: readonly string[], value: unknown): Problem {
  const allowed = kinds.map((kind) => JSON.stringify(kind)).join(" or ");
  if (typeof value !== "object" || value === null)
    return { path, message: `must be an object whose kind is ${allowed}, got ${JSON.stringify(value)}` };
  const { kind } = value as { kind?: unknown };
  const found = kind === undefined ? "is missing, " : "";
  return {
    path: `${path}.kind`,
    message: `${found}must be ${allowed}${kind === undefined ? "" : `, got ${JSON.stringify(kind)}`}`,
  };
}

function containerOf(application: Application | undefined): ContainerApplication | undefined {
  return application?.kind === "container" ? application : undefined;
}

function app(settings: AppSettings): Role {
  const container = containerOf(settings.application);
  const healthPath = container?.healthPath ?? defaultHealthPath;
  const port = portOf(container ?? {});
  const { adminUrl } = settings.database;
  const others = workersAndSchedules(settings, settings.tags.app);
  const prepares = adminUrl === undefined ? [] : ["prepare-database.service"];
  const served = servedApplication(port, healthPath, settings.hostname);
  const releases = container?.releaseCommand === undefined ? [] : ["release.service"];
  const units = [...served.units, ...prepares, ...releases, "app.service", "watch-app.service"];
  return {
    name: "app",
    packages: [
      ...(container === undefined ? ["python3-psycopg", "python3-psycopg-pool"] : ["podman"]),
      ...(prepares.length + releases.length > 0 ? ["python3-psycopg"] : []),
      ...others.packages,
    ],
    values: served.values([...units, ...others.units]),
    files: [
      ...(container === undefined ? readPart("demo", {}) : containerFiles(container, others.containers)),
      ...databaseFiles(settings.database, port),
      ...served.files,
      ...(adminUrl === undefined
        ? []
        : [...readPart("primary", {}), ...readPart("prepare", {}), adminUrlFile(adminUrl)]),
      ...(container?.releaseCommand === undefined ? [] : releaseFiles(container.releaseCommand, others.afterRelease)),
      ...others.files,
      ...(settings.canary ? canaryFiles(settings.canary) : []),
    ],
    commands: container === undefined ? [] : containerCommands,
    units,
    unitsWithoutWaiting: others.units,
  };
}

/** What asks an application on the node how it is. */
export function askedFiles(): HostFile[] {
  return readPart("application", {});
}

/**
 * What every node has whose application web nodes ask, on port 8000 whatever its own is: health, drain and port. Its files
 * are those of the role "app".
 */
export function servedApplication(port: number, healthPath: string, hostname: string) {
  const values = { APP_PORT: String(port), APP_HEALTH_PATH: healthPath, APP_HOST: hostname };
  const redirects = port !== ports.app;
  return {
    units: redirects ? ["app-port.service"] : [],
    files: [...askedFiles(), ...(redirects ? readPart("port", { APP_PORT: values.APP_PORT }) : [])],
    values: (units: readonly string[]): Role["values"] => ({
      "/etc/infrastructure/role.env": values,
      "/etc/infrastructure/status.json": { UNITS: JSON.stringify(units), ...values },
      // Where its connections end, also when others come to 8000.
      "/etc/systemd/system/drain-node.service.d/limit.conf": { APP_PORT: values.APP_PORT },
    }),
  };
}

/** What the application is told: how it reaches the database, and the certificate that the URLs refer to. */
export function databaseFiles(database: DatabaseConnection, port: number): HostFile[] {
  const { writeUrl, readUrl, directUrl = writeUrl, url = directUrl } = database;
  const values = {
    APP_PORT: String(port),
    DATABASE_URL: url,
    DATABASE_DIRECT_URL: directUrl,
    DATABASE_WRITE_URL: writeUrl,
    DATABASE_READ_URL: readUrl,
  };
  return [
    ...readPart("secret", values).map((file) => ({ ...file, permissions: "0600" })),
    { path: databaseAuthorityPath, content: `${database.authority.trimEnd()}\n`, reserveBytes: pemBytes },
  ];
}

/** The unit that runs the release command, before the application and the other units that wait for it start. */
function releaseFiles(command: readonly string[], others: readonly string[]): HostFile[] {
  const files = readPart("release", {});
  const wait = files.find((file) => file.path.endsWith("/app.service.d/release.conf"))!;
  return [
    ...files,
    ...others.map((unit) => ({ ...wait, path: wait.path.replace("app.service", unit) })),
    ...readPart("primary", {}),
    {
      path: "/etc/infrastructure/release.json",
      content: `${JSON.stringify({ command })}\n`,
      permissions: "0600",
    },
  ];
}

function adminUrlFile(adminUrl: string): HostFile {
  return {
    path: "/etc/infrastructure/database-admin.url",
    content: `${adminUrl}\n`,
    permissions: "0600",
    reserveBytes: urlBytes,
  };
}
