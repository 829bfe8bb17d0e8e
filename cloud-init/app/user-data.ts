import { join } from "node:path";
import { type Checks, checkGroup } from "../check-group";
import { checkHealthPath, defaultHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import { nodeChecks, nodeContentsChecks, type NodeContents, type NodeSettings } from "../node-settings";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import { findCloudInitDirectory, readRootfs } from "../rootfs";
import { fill, findPlaceholders } from "../template";
import { databaseAuthorityPath } from "./database-authority";

/**
 * What runs on the app nodes.
 * - `demo`: a guest book that shows which servers made each answer.
 * - `container`: an image that listens on `$PORT` (8000), run without any privilege: whatever user it names is nobody on
 *   the node, no capability, root file system read-only (`/tmp` and `/run` are writable, in memory), host network. On
 *   SIGTERM it has 30 s to end.
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
}

/** A container image, and what it is told. */
export interface Container {
  /** Full reference with registry and tag or digest: `ghcr.io/example/shop:1.4.2`. */
  readonly image: string;
  /** Added to `PORT`, `DATABASE_WRITE_URL` and `DATABASE_READ_URL`; values may be late. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What of the app nodes is yours. */
export interface AppContents extends NodeContents {
  /** What runs on the nodes. @default the demo */
  readonly application?: Application;
}

/** How an application reaches its database. */
export interface DatabaseConnection {
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
export const appContentsChecks: Checks<AppContents> = { ...nodeContentsChecks, application: checkApplication };

/** Checks of how the database is reached. */
export const databaseChecks: Checks<DatabaseConnection> = {
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

/** registry[:port]/path[:tag][@digest] (OCI distribution specification): a name without a registry is a guess. */
const imagePattern =
  /^(?=[^/]*[.:]|localhost)[a-z0-9.-]+(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}@sha256:[0-9a-f]{64})$/;
const environmentNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ownNames = ["PORT", "DATABASE_WRITE_URL", "DATABASE_READ_URL"];

function checkApplication(path: string, application: Application): Problem[] {
  const kind = () => [];
  if (application.kind === "demo") return checkGroup(path, application, { kind });
  if (application.kind === "container")
    return checkGroup(
      path,
      application,
      { kind, ...containerChecks, healthPath: checkHealthPath },
      { required: ["image"] },
    );
  return [{ path: `${path}.kind`, message: `must be "demo" or "container", got ${JSON.stringify(application)}` }];
}

/** Checks of a container. */
export const containerChecks: Checks<Container> = {
  image: (path, image) =>
    imagePattern.test(image)
      ? []
      : [{ path, message: `must be registry/name:tag or registry/name@sha256:…, got ${JSON.stringify(image)}` }],
  environment: (path, environment) =>
    Object.entries(environment).flatMap(([name, value]) => checkVariable(`${path}.${name}`, name, value)),
};

/** podman's environment files are lines of NAME=VALUE without any quoting. The value may be a secret. */
function checkVariable(path: string, name: string, value: string): Problem[] {
  if (!environmentNamePattern.test(name)) {
    return [{ path, message: `must be named by letters, digits and "_", got ${JSON.stringify(name)}` }];
  }
  if (ownNames.includes(name)) return [{ path, message: `is set by the platform, as are ${ownNames.join(", ")}` }];
  return !isLate(value) && /[\0\r\n]/.test(value) ? [{ path, message: "must be one line, got more than one" }] : [];
}

function app(settings: AppSettings): Role {
  const application = settings.application ?? { kind: "demo" };
  const healthPath = (application.kind === "container" ? application.healthPath : undefined) ?? defaultHealthPath;
  const { adminUrl } = settings.database;
  const prepares = adminUrl === undefined ? [] : ["prepare-database.service"];
  // A unit that a generator made cannot be enabled; what it stands for in the next boot is in its [Install] section.
  const generated = application.kind === "container";
  return {
    name: "app",
    packages: [
      ...(application.kind === "demo" ? ["python3-psycopg", "python3-psycopg-pool"] : ["podman"]),
      ...(prepares.length > 0 ? ["python3-psycopg"] : []),
    ],
    values: {
      "/etc/infrastructure/role.env": { APP_HEALTH_PATH: healthPath, APP_HOST: settings.hostname },
      "/etc/infrastructure/status.json": {
        UNITS: JSON.stringify([...prepares, "app.service", "watch-app.service"]),
        APP_HEALTH_PATH: healthPath,
        APP_HOST: settings.hostname,
      },
    },
    files: [
      ...(application.kind === "container" ? containerFiles(application) : readPart("demo", {})),
      ...environmentFiles(settings.database, application.kind === "container" ? application.environment : undefined),
      ...(adminUrl === undefined ? [] : [...readPart("prepare", {}), adminUrlFile(adminUrl)]),
    ],
    commands: [
      ...prepares.flatMap((unit) => [
        ["systemctl", "enable", "--quiet", unit],
        ["systemctl", "restart", unit],
      ]),
      ...(generated ? [["systemctl", "restart", "app.service"]] : []),
    ],
    units: [...(generated ? [] : ["app.service"]), "watch-app.service"],
  };
}

/** A mirror of `/` that only some app nodes have; all of `values` are used. */
function readPart(part: string, values: Readonly<Record<string, string>>): HostFile[] {
  return readRootfs(join(findCloudInitDirectory(), "app", part, "rootfs")).map((file) => ({
    ...file,
    content:
      Buffer.isBuffer(file.content) || findPlaceholders(file.content).length === 0
        ? file.content
        : fill(file.path, file.content, values),
    reserveBytes: urlBytes,
  }));
}

/** The unit `app.service`, which runs an image. */
export function containerFiles({ image }: Container): HostFile[] {
  return readPart("container", { IMAGE: image });
}

/** What a container or the demo is told: its environment, and the certificate that the database's URLs refer to. */
export function environmentFiles(database: DatabaseConnection, environment: Container["environment"] = {}): HostFile[] {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const values = {
    DATABASE_WRITE_URL: database.writeUrl,
    DATABASE_READ_URL: database.readUrl,
    ENVIRONMENT: lines.join("\n"),
  };
  return [
    ...readPart("secret", values).map((file) => ({ ...file, permissions: "0600" })),
    { path: databaseAuthorityPath, content: `${database.authority.trimEnd()}\n`, reserveBytes: pemBytes },
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
