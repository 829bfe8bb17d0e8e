import { type Checks, checkGroup, kindProblem } from "../check-group";
import { checkHealthPath, defaultHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { nodeChecks, nodeContentsChecks, type NodeContents, type NodeSettings } from "../node-settings";
import { ports } from "../ports";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import { checkWhole } from "../value-checks";
import {
  type Container,
  checkArguments,
  containerChecks,
  containerCommands,
  containerFiles,
  portOf,
} from "./container";
import { type CanarySettings, canaryFiles, checkCanary } from "./canary";
import {
  type DatabaseConnection,
  checkDatabase,
  databaseFiles,
  endpointCommands,
  endpointPackages,
  endpointUnits,
  prepareFiles,
} from "./endpoints";
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
  /**
   * Connections that the application on one node has to the primary at most, workers and schedules among them; 1 to 10000.
   * Who comes when all are taken waits; as many more may be for reading, of each replica. It is counted before anything is
   * made whether the database's plan has enough of them in a roll-out too, when old and new nodes run side by side.
   * @default 20, not counted
   */
  readonly databaseConnections?: number;
}

/** What an app node is told. */
export interface AppSettings extends NodeSettings, AppContents {
  /** Public name of the site, `www.example.com`, by which the application is asked how it is. */
  readonly hostname: string;
  readonly database: DatabaseConnection;
}

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
  databaseConnections: (path, count) => checkWhole(path, count, 1, 10_000),
  ...workersAndSchedulesChecks(({ application }: AppContents) =>
    application === undefined ? "demo" : application?.kind,
  ),
};

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkAppSettings(settings: AppSettings): Problem[] {
  return checkGroup("", settings, {
    ...nodeChecks,
    ...appContentsChecks,
    hostname: (path, name) => problemsOf(path, () => Hostname.parse(name)),
    database: checkDatabase,
  });
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
  const units = [...served.units, ...endpointUnits, ...prepares, ...releases, "app.service", "watch-app.service"];
  return {
    name: "app",
    packages: [
      ...(container === undefined ? ["python3-psycopg-pool"] : ["podman"]),
      ...endpointPackages,
      ...others.packages,
    ],
    values: served.values([...units, ...others.units]),
    files: [
      ...(container === undefined ? readPart("demo", {}) : containerFiles(container, others.containers)),
      ...databaseFiles(settings.database, port, settings.databaseConnections),
      ...served.files,
      ...(adminUrl === undefined ? [] : prepareFiles(adminUrl, settings.database)),
      ...(container?.releaseCommand === undefined ? [] : releaseFiles(container.releaseCommand, others.afterRelease)),
      ...others.files,
      ...(settings.canary ? canaryFiles(settings.canary) : []),
    ],
    commands: [...endpointCommands, ...(container === undefined ? [] : containerCommands)],
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
