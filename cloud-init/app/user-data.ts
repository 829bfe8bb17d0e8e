import { join } from "node:path";
import { checkHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { isLate } from "../late-values";
import { checkNodeSettings, type NodeSettings } from "../node-settings";
import { throwProblems, type Problem } from "../problems";
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
export type Application =
  | { readonly kind: "demo" }
  | {
      readonly kind: "container";
      /** Full reference with registry and tag or digest: `ghcr.io/example/shop:1.4.2`. */
      readonly image: string;
      /** Added to `PORT`, `DATABASE_WRITE_URL` and `DATABASE_READ_URL`; values may be late. @default none */
      readonly environment?: Readonly<Record<string, string>>;
      /**
       * Path that answers 200 to 399 while the application works. It must not depend on the database: a dead database
       * would take every app node out of service. @default "/healthz"
       */
      readonly healthPath?: string;
    };

/** What an app node is told. */
export interface AppSettings extends NodeSettings {
  /** @default { kind: "demo" } */
  readonly application?: Application;
  /** libpq URL for writing, of the primary or its pool in transaction mode; may be late. */
  readonly writeUrl: string;
  /** libpq URL for reading, of all replicas and then the primary; may be late. */
  readonly readUrl: string;
  /**
   * libpq URL of the administrator (`doadmin`), directly to the primary and to the application's own database; may be
   * late. With it, each node grants the user of `writeUrl` CREATE on that database and its schema `public` before the
   * application starts, and then deletes it. Without it, somebody must have granted that. @default no grants
   */
  readonly adminUrl?: string;
  /** PEM of the authority of the database servers, at `databaseAuthorityPath`; may be late. */
  readonly databaseAuthority: string;
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

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkAppSettings(settings: AppSettings): Problem[] {
  const { application, adminUrl, databaseAuthority } = settings;
  return [
    ...checkNodeSettings(settings),
    ...checkDatabaseUrl("writeUrl", settings.writeUrl),
    ...checkDatabaseUrl("readUrl", settings.readUrl),
    ...(adminUrl === undefined ? [] : checkDatabaseUrl("adminUrl", adminUrl)),
    ...(isLate(databaseAuthority) || databaseAuthority.startsWith("-----BEGIN CERTIFICATE-----\n")
      ? []
      : [{ path: "databaseAuthority", message: "must be a PEM certificate (-----BEGIN CERTIFICATE-----)" }]),
    ...(application?.kind === "container" ? checkContainer(application) : []),
  ];
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

function checkContainer(container: Extract<Application, { kind: "container" }>): Problem[] {
  const problems: Problem[] = [];
  if (!imagePattern.test(container.image)) {
    problems.push({
      path: "application.image",
      message: `must be registry/name:tag or registry/name@sha256:…, got ${JSON.stringify(container.image)}`,
    });
  }
  for (const [name, value] of Object.entries(container.environment ?? {})) {
    problems.push(...checkVariable(`application.environment.${name}`, name, value));
  }
  if (container.healthPath !== undefined) {
    problems.push(...checkHealthPath("application.healthPath", container.healthPath));
  }
  return problems;
}

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
  const healthPath = (application.kind === "container" ? application.healthPath : undefined) ?? "/healthz";
  const prepares = settings.adminUrl === undefined ? [] : ["prepare-database.service"];
  // A unit that a generator made cannot be enabled; what it stands for in the next boot is in its [Install] section.
  const generated = application.kind === "container";
  return {
    name: "app",
    packages: [
      ...(application.kind === "demo" ? ["python3-psycopg", "python3-psycopg-pool"] : ["podman"]),
      ...(prepares.length > 0 ? ["python3-psycopg"] : []),
    ],
    values: {
      "/etc/infrastructure/role.env": { APP_HEALTH_PATH: healthPath },
      "/etc/infrastructure/status.json": {
        UNITS: JSON.stringify([...prepares, "app.service", "watch-app.service"]),
        APP_HEALTH_PATH: healthPath,
      },
    },
    files: [
      ...readPart(application.kind, application.kind === "container" ? { IMAGE: application.image } : {}),
      ...readPart("secret", environmentValues(settings)).map((file) => ({ ...file, permissions: "0600" })),
      ...(settings.adminUrl === undefined ? [] : [...readPart("prepare", {}), adminUrlFile(settings.adminUrl)]),
      {
        path: databaseAuthorityPath,
        content: `${settings.databaseAuthority.trimEnd()}\n`,
        reserveBytes: pemBytes,
      },
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

function environmentValues(settings: AppSettings): Record<string, string> {
  const extra = settings.application?.kind === "container" ? (settings.application.environment ?? {}) : {};
  return {
    DATABASE_WRITE_URL: settings.writeUrl,
    DATABASE_READ_URL: settings.readUrl,
    ENVIRONMENT: Object.entries(extra)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
  };
}

function adminUrlFile(adminUrl: string): HostFile {
  return {
    path: "/etc/infrastructure/database-admin.url",
    content: `${adminUrl}\n`,
    permissions: "0600",
    reserveBytes: urlBytes,
  };
}
