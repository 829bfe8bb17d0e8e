import { posix } from "node:path";
import { type Checks, checkGroup } from "./check-group";
import { isLate } from "./late-values";
import type { Problem } from "./problems";
import { checkEach } from "./value-checks";

/** What of the nodes of a tier is yours, whatever the tier. */
export interface NodeContents {
  /** Files of yours on every node of the tier; one with the path of a file of ours takes its place. @default none */
  readonly extraFiles?: readonly ExtraFile[];
  /** Debian packages to install beside ours. @default none */
  readonly extraPackages?: readonly string[];
  /**
   * systemd units that are enabled and started after ours, and have to be active for a node to be ready: those of
   * `extraFiles` (`backup.timer`; `cache.service` of a quadlet `/etc/containers/systemd/cache.container`) or of
   * `extraPackages`. @default none
   */
  readonly extraUnits?: readonly string[];
}

/** What every node is told, whatever its tier. A value may be late (known only to Terraform, at apply). */
export interface NodeSettings extends NodeContents {
  /** DigitalOcean tags by which the nodes of a tier find each other. */
  readonly tags: { readonly loadBalancer: string; readonly web: string; readonly app: string };
  /** Secret that a caller must show to read a node's readiness; may be late. */
  readonly readinessToken: string;
}

/** A file of yours. Counts towards the 64 KiB of user-data, compressed and as base64: four bytes for three. */
export interface ExtraFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Text; may hold late values. */
  readonly content: string;
  /** Octal. @default "0644" */
  readonly permissions?: string;
  /** `user` or `user:group`, which must be in the image. @default "root:root" */
  readonly owner?: string;
}

/** What DigitalOcean accepts as a tag (API description, `tags_array`). */
const tagPattern = /^[A-Za-z0-9:_-]{1,255}$/;
/** A Debian package name, optionally with an architecture or a version (Debian policy 5.6.1, apt-get(8)). */
const packagePattern = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$/;
const pathPattern = /^\/[A-Za-z0-9._@:+,=/-]+$/;
/** What can be a bearer token: it must survive an HTTP header, a line of a file and an environment file. */
const tokenPattern = /^[A-Za-z0-9._~+/=-]{8,512}$/;

/** Checks of what is yours on the nodes of any tier. */
export const nodeContentsChecks: Checks<NodeContents> = {
  extraFiles: (path, files) => [
    ...files.flatMap((file, index) => checkExtraFile(`${path}[${index}]`, file)),
    ...repeatedPaths(path, files),
  ],
  extraPackages: (path, packages) =>
    packages.flatMap((name, index) =>
      packagePattern.test(name)
        ? []
        : [{ path: `${path}[${index}]`, message: `must be a Debian package name, got ${JSON.stringify(name)}` }],
    ),
  extraUnits: checkUnits,
};

/** Unit names that need no escaping (systemd.unit(5)). */
const unitPattern = /^[A-Za-z0-9:_.@-]+\.(service|socket|timer|path|target|mount)$/;

/** Problems of names of systemd units. */
export function checkUnits(path: string, units: readonly string[]): Problem[] {
  return checkEach(path, units, (at, unit) =>
    unitPattern.test(unit)
      ? []
      : [{ path: at, message: `must be a unit such as redis-server.service, got ${JSON.stringify(unit)}` }],
  );
}

/** Checks of the settings that all tiers share. */
export const nodeChecks: Checks<NodeSettings> = {
  tags: (path, tags) => Object.entries(tags).flatMap(([tier, tag]) => checkTag(`${path}.${tier}`, tag)),
  readinessToken: checkToken,
  ...nodeContentsChecks,
};

/** Problems of the settings that all tiers share. */
export function checkNodeSettings(settings: NodeSettings): Problem[] {
  return checkGroup("", settings, nodeChecks);
}

/** Problems of a DigitalOcean tag. */
export function checkTag(path: string, tag: string): Problem[] {
  return isLate(tag) || tagPattern.test(tag)
    ? []
    : [{ path, message: `must be 1 to 255 letters, digits, ":", "-" or "_", got ${JSON.stringify(tag)}` }];
}

/** Problems of a secret token. The value is never part of the message. */
export function checkToken(path: string, token: string): Problem[] {
  return isLate(token) || tokenPattern.test(token)
    ? []
    : [{ path, message: `must be 8 to 512 letters, digits or ._~+/=-, got ${token.length} characters` }];
}

function checkExtraFile(path: string, file: ExtraFile): Problem[] {
  const problems: Problem[] = [];
  if (!pathPattern.test(file.path) || posix.normalize(file.path) !== file.path || file.path.endsWith("/")) {
    problems.push({
      path: `${path}.path`,
      message: `must be an absolute path without "..", "//" or blanks, got ${JSON.stringify(file.path)}`,
    });
  }
  if (file.permissions !== undefined && !/^0[0-7]{3,4}$/.test(file.permissions)) {
    problems.push({ path: `${path}.permissions`, message: `must be octal such as "0640", got "${file.permissions}"` });
  }
  if (file.owner !== undefined && !/^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$/.test(file.owner)) {
    problems.push({ path: `${path}.owner`, message: `must be user or user:group, got ${JSON.stringify(file.owner)}` });
  }
  return problems;
}

function repeatedPaths(path: string, files: readonly ExtraFile[]): Problem[] {
  return files.flatMap((file, index) =>
    files.findIndex((other) => other.path === file.path) < index
      ? [{ path: `${path}[${index}].path`, message: `is there twice, got ${JSON.stringify(file.path)}` }]
      : [],
  );
}
