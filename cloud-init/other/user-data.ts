import {
  type Container,
  checkFreePort,
  containerChecks,
  containerCommands,
  containerFiles,
  portOf,
} from "../app/container";
import {
  type DatabaseConnection,
  databaseFiles,
  endpointCommands,
  endpointPackages,
  endpointUnits,
} from "../app/endpoints";
import { askedFiles, servedApplication } from "../app/user-data";
import { type WorkersAndSchedules, workersAndSchedules, workersAndSchedulesChecks } from "../app/workers-and-schedules";
import { type Checks, checkGroup, kindProblem } from "../check-group";
import { checkHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { isLate } from "../late-values";
import { type Part, encodedPart } from "../multipart";
import {
  checkTag,
  checkUnits,
  nodeChecks,
  nodeContentsChecks,
  type NodeContents,
  type NodeSettings,
} from "../node-settings";
import { throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import { checkContent, checkWhole, shown } from "../value-checks";

/**
 * What runs on the nodes of a tier that is neither load balancers, web nor app.
 * - `container`: an image, run like the application's (`ContainerApplication`): without any privilege, with the same
 *   environment, the database's URLs among it.
 * - `user-data`: what you write yourself, beside what every node has.
 */
export type Workload = ContainerWorkload | UserDataWorkload;

/** An image of yours that need not listen on anything. */
export interface ContainerWorkload extends Container {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "container";
  /**
   * Path on the container's port that answers 200 to 399 while the container works. A tier that a route is for needs one.
   * @default none: that it runs is enough
   */
  readonly healthPath?: string;
}

/** Anything that cloud-init can set up. */
export interface UserDataWorkload {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "user-data";
  /**
   * A cloud-config (`#cloud-config`) or a script (`#!`), a part of its own of the user-data: lists of a cloud-config are
   * added to ours, and commands run after ours. Values that only Terraform knows belong into `extraFiles`.
   */
  readonly text: string;
  /** systemd units that have to be active for a node to be ready, `redis-server.service`. @default none */
  readonly units?: readonly string[];
  /** Path on `port` that answers 200 to 399 while all is well. A tier that a route is for needs one. @default none */
  readonly healthPath?: string;
  /** TCP port that is asked for `healthPath`, and for everything that a route is for. @default 8000 */
  readonly port?: number;
}

/** What of the nodes of such a tier is yours. */
export interface OtherContents extends NodeContents, WorkersAndSchedules {
  /** What runs on the nodes. */
  readonly workload: Workload;
  /**
   * Connections that the container on one node, with its workers, has to the primary at most; 1 to 10000. Who comes when all
   * are taken waits. @default 20
   */
  readonly databaseConnections?: number;
}

/** What a node of such a tier is told. */
export interface OtherSettings extends NodeSettings, OtherContents {
  /** DigitalOcean tag of the tier itself. */
  readonly tag: string;
  /** Name by which the workload is asked how it is, as if by a visitor: the site's, or one that a route has. */
  readonly hostname: string;
  /** Whether web nodes send requests to it (setting `web.routes`). @default false */
  readonly isRouted?: boolean;
  /** Needed by a container. @default none */
  readonly database?: DatabaseConnection;
}

/** User-data of every node of the tier. Throws a `SettingsError` with all problems of the settings. */
export function otherUserData(settings: OtherSettings): string {
  throwProblems(checkOtherContents(settings));
  return renderRoleUserData(other(settings), settings);
}

/** The files of such a node as they will stand on it. */
export function otherFiles(settings: OtherSettings): HostFile[] {
  return roleFiles(other(settings), settings);
}

/** Checks of what is yours on such a tier. */
export const otherContentsChecks: Checks<OtherContents> = {
  ...nodeContentsChecks,
  workload: checkWorkload,
  databaseConnections: (path, count) => checkWhole(path, count, 1, 10_000),
  ...workersAndSchedulesChecks(({ workload }: OtherContents) => workload?.kind),
};

function checkOtherContents(settings: OtherSettings): Problem[] {
  const database = ({ workload }: OtherSettings) =>
    workload?.kind === "container" && settings.database === undefined
      ? [{ path: "database", message: "is missing, a container is told how to reach one" }]
      : [];
  const checks = {
    ...{ ...nodeChecks, ...otherContentsChecks, tag: checkTag },
    ...{ hostname: () => [], database: () => [], isRouted: () => [] },
  };
  return [
    ...checkGroup("", settings, checks, { required: ["workload"] }),
    ...database(settings),
    ...checkRouted(settings),
  ];
}

/** Problems of a workload that web nodes send requests to. */
export function checkRouted({ isRouted = false, workload }: Pick<OtherSettings, "isRouted" | "workload">): Problem[] {
  return isRouted && workload?.healthPath === undefined
    ? [
        {
          path: "workload.healthPath",
          message: "is missing: a route is for this tier, whose nodes are asked how they are",
        },
      ]
    : [];
}

function checkWorkload(path: string, workload: Workload): Problem[] {
  const kind = () => [];
  if (workload?.kind === "container")
    return checkGroup(
      path,
      workload,
      { kind, ...containerChecks, healthPath: checkHealthPath },
      { required: ["image"] },
    );
  if (workload?.kind === "user-data")
    return checkGroup(
      path,
      workload,
      { kind, text: checkText, units: checkUnits, healthPath: checkHealthPath, port: checkFreePort },
      { required: ["text"] },
    );
  return [kindProblem(path, ["container", "user-data"], workload)];
}

function checkText(path: string, text: string): Problem[] {
  if (isLate(text))
    return [{ path, message: "must be known before Terraform runs, put what is not into a file of extraFiles" }];
  const problems = checkContent(path, text);
  return problems.length > 0 || contentType(text) !== undefined
    ? problems
    : [{ path, message: `must begin with "#cloud-config" or "#!", got ${shown(text.slice(0, 20))}` }];
}

function contentType(text: string): "text/cloud-config" | "text/x-shellscript" | undefined {
  if (/^#cloud-config\s/.test(text)) return "text/cloud-config";
  return text.startsWith("#!") ? "text/x-shellscript" : undefined;
}

/** A workload that web nodes send requests to has what app nodes have; others are let alone. */
function other(settings: OtherSettings): Role {
  const { workload, database, hostname, tag, isRouted = false } = settings;
  const container = workload.kind === "container" ? workload : undefined;
  const { healthPath } = workload;
  const port = portOf(workload);
  const served = isRouted ? servedApplication(port, healthPath!, hostname) : undefined;
  const watches = served !== undefined && container !== undefined ? ["watch-app.service"] : [];
  const own = workload.kind === "user-data" ? (workload.units ?? []) : [...endpointUnits, "app.service", ...watches];
  const check = healthPath === undefined ? null : `http://127.0.0.1:${port}${healthPath}`;
  const others = workersAndSchedules(settings, tag);
  return {
    name: served === undefined ? "other" : "app",
    packages: container === undefined ? [] : ["podman", ...endpointPackages, ...others.packages],
    values: served?.values([...served.units, ...own, ...others.units]) ?? {
      "/etc/infrastructure/status.json": {
        UNITS: JSON.stringify([...own, ...others.units]),
        CHECK: JSON.stringify(check),
        HOST: JSON.stringify(check === null ? null : hostname),
      },
    },
    files: [
      ...(container === undefined
        ? []
        : [
            ...containerFiles(container, others.containers),
            ...databaseFiles(database!, port, settings.databaseConnections),
            ...others.files,
          ]),
      ...(served?.files ?? (check === null ? [] : askedFiles())),
      ...(served !== undefined && container === undefined && own.length > 0 ? [drainsBefore(own)] : []),
    ],
    commands: container === undefined ? [] : [...endpointCommands, ...containerCommands],
    units: [...(served?.units ?? []), ...(container === undefined ? [] : own)],
    unitsWithoutWaiting: others.units,
    parts: workload.kind === "user-data" ? [ownPart(workload.text)] : [],
  };
}

/** Lets units of yours answer what is under way before they stop; what stops later comes before. */
function drainsBefore(units: readonly string[]): HostFile {
  const path = "/etc/systemd/system/drain-node.service.d/units.conf";
  return { path, content: `[Unit]\n# Drained while they still answer.\nAfter=${units.join(" ")}\n` };
}

function ownPart(text: string): Part {
  const headers = [`Content-Type: ${contentType(text)!}`];
  // Without it, a list of theirs (write_files, runcmd) would take the place of ours.
  return encodedPart([...headers, "Merge-Type: list(append)+dict(no_replace,recurse_list)+str()"], text);
}
