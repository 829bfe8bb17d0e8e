import { posix } from "node:path";
import { type Checks, checkGroup } from "./check-group";
import { isLate } from "./late-values";
import type { Problem } from "./problems";
import { checkContent, checkEach, checkPattern, shown, secretKind } from "./value-checks";

/** What of the nodes of a tier is yours, whatever the tier. */
export interface NodeContents {
  /**
   * Files of yours on every node of the tier; one with the path of a file of ours takes its place, about which a warning is
   * printed: what later versions change there is missing then. `/etc/infrastructure` is ours alone. @default none
   */
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
  /** Absolute path on the host, of letters, digits and ._@:+,=-; not in `/etc/infrastructure`. */
  readonly path: string;
  /** Text, which arrives byte for byte; may hold late values. */
  readonly content: string;
  /** Octal. @default "0644" */
  readonly permissions?: string;
  /** `user` or `user:group`, which must be in the image. @default "root:root" */
  readonly owner?: string;
}

/** What DigitalOcean accepts as a tag (API description, `tags_array`). */
const tagPattern = /^[A-Za-z0-9:_-]{1,255}$/;
/** A Debian package name, optionally with an architecture or a version (Debian policy 5.6.1, apt-get(8)). */
const packagePattern = /^(?=.{2,200}$)[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$/;
const pathPattern = /^(\/[A-Za-z0-9._@:+,=-]{1,255})+$/;
/** What can be a bearer token: it must survive an HTTP header, a line of a file and an environment file. */
const tokenPattern = /^[A-Za-z0-9._~+/=-]{8,512}$/;

/** Checks of what is yours on the nodes of any tier. */
export const nodeContentsChecks: Checks<NodeContents> = {
  extraFiles: (path, files) => [
    ...checkEach(path, files, (at, file) => checkGroup(at, file, extraFileChecks, { required: ["path", "content"] })),
    ...checkPathsOfFiles(path, files),
  ],
  extraPackages: (path, packages) =>
    checkEach(path, packages, (at, name) => checkPattern(at, name, packagePattern, "a Debian package name")),
  extraUnits: checkUnits,
};

/** Unit names that need no escaping (systemd.unit(5)). */
const unitPattern = /^[A-Za-z0-9:_.@-]{1,240}\.(service|socket|timer|path|target|mount)$/;

/** Problems of names of systemd units. */
export function checkUnits(path: string, units: readonly string[]): Problem[] {
  return checkEach(path, units, (at, unit) =>
    checkPattern(at, unit, unitPattern, "a unit such as redis-server.service"),
  );
}

/** Checks of the settings that all tiers share. */
export const nodeChecks: Checks<NodeSettings> = {
  tags: (path, tags) => checkGroup(path, tags, { loadBalancer: checkTag, web: checkTag, app: checkTag }),
  readinessToken: checkToken,
  ...nodeContentsChecks,
};

/** Problems of the settings that all tiers share. */
export function checkNodeSettings(settings: NodeSettings): Problem[] {
  return checkGroup("", settings, nodeChecks);
}

/** Problems of a DigitalOcean tag. */
export function checkTag(path: string, tag: string): Problem[] {
  return isLate(tag) ? [] : checkPattern(path, tag, tagPattern, '1 to 255 letters, digits, ":", "-" or "_"');
}

/** Problems of a secret token. The value is never part of the message. */
export function checkToken(path: string, token: string): Problem[] {
  if (isLate(token) || (typeof token === "string" && tokenPattern.test(token))) return [];
  const what = typeof token === "string" ? `${token.length} characters` : secretKind(token);
  return [{ path, message: `must be 8 to 512 letters, digits or ._~+/=-, got ${what}` }];
}

const extraFileChecks: Checks<ExtraFile> = {
  path: checkPath,
  content: checkContent,
  permissions: (path, mode) => checkPattern(path, mode, /^0[0-7]{3,4}$/, 'octal such as "0640"'),
  owner: (path, owner) =>
    checkPattern(path, owner, /^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/, "user or user:group"),
};

/** Where nothing can be written, or where every file is part of what the nodes' own programs agree on. */
const foreignDirectories = ["/proc", "/sys", "/dev", "/etc/infrastructure"];

function checkPath(path: string, file: string): Problem[] {
  if (typeof file !== "string" || !pathPattern.test(file) || posix.normalize(file) !== file || file.length > 4095)
    return [{ path, message: `must be an absolute path without "..", "//" or blanks, got ${shown(file)}` }];
  const foreign = foreignDirectories.find((directory) => `${file}/`.startsWith(`${directory}/`));
  return foreign === undefined
    ? []
    : [{ path, message: `must not be in ${foreign}, got ${shown(file)}, choose a directory of your own` }];
}

/** Two files at one place, or one where another needs a directory. */
function checkPathsOfFiles(path: string, files: readonly ExtraFile[]): Problem[] {
  if (!Array.isArray(files)) return [];
  const paths = files.map((file?: ExtraFile | null) => file?.path);
  return paths.flatMap((own, index) => {
    if (typeof own !== "string") return [];
    const at = `${path}[${index}].path`;
    if (paths.indexOf(own) < index) return [{ path: at, message: `is there twice, got ${shown(own)}` }];
    const inner = paths.find((other) => String(other).startsWith(`${own}/`));
    return inner === undefined
      ? []
      : [{ path: at, message: `must be no file, ${shown(inner)} needs a directory there` }];
  });
}
