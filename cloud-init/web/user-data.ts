import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checks, checkGroup } from "../check-group";
import { checkHealthPath, defaultHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import { checkToken, nodeChecks, nodeContentsChecks, type NodeContents, type NodeSettings } from "../node-settings";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import { findCloudInitDirectory, readRootfs } from "../rootfs";
import { fill } from "../template";

/**
 * What Nginx serves by itself; whatever is not in it goes to the application.
 * - `directory`: files of this machine, sent inside the user-data. They share its 64 KiB with everything else (compressed
 *   and as base64: four bytes for three), and a change replaces the web nodes. Hidden files stay behind, `.well-known` comes.
 * - `archive`: a tar archive (gzip) that each node fetches at boot. It is served only if its SHA-256 is this one; a node
 *   that cannot have it never becomes ready. `url` and `sha256` may be late.
 */
export type StaticContent = DirectoryContent | ArchiveContent;

/** Files of this machine. */
export interface DirectoryContent {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "directory";
  /** Path of the directory. */
  readonly directory: string;
}

/** An archive that web nodes fetch. */
export interface ArchiveContent {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "archive";
  /** http or https. */
  readonly url: string;
  /** What `sha256sum` prints for it. */
  readonly sha256: string;
}

/** What of the web nodes is yours. */
export interface WebContents extends NodeContents {
  /** What Nginx serves itself. @default the demo's style sheet, icon and one page */
  readonly staticContent?: StaticContent;
}

/** What a web node is told. */
export interface WebSettings extends NodeSettings, WebContents {
  /** Public name of the site, `www.example.com`: what app nodes see as Host when they are asked how they are. */
  readonly hostname: string;
  /** DigitalOcean token that may list droplets: droplet:read, tag:read. */
  readonly discoveryToken: string;
  /** Path on an app node that answers 200 to 399 while the application works. @default "/healthz" */
  readonly appHealthPath?: string;
}

/** Where Nginx looks for files. */
const siteDirectory = "/var/www/site";

/** User-data of every web node. Throws a `SettingsError` with all problems of the settings. */
export function webUserData(settings: WebSettings): string {
  throwProblems(checkWebSettings(settings));
  return renderRoleUserData(web(settings), settings);
}

/** The files of a web node as they will stand on it. */
export function webFiles(settings: WebSettings): HostFile[] {
  return roleFiles(web(settings), settings);
}

/** Checks of what is yours on the web nodes. */
export const webContentsChecks: Checks<WebContents> = { ...nodeContentsChecks, staticContent: checkStaticContent };

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkWebSettings(settings: WebSettings): Problem[] {
  return checkGroup("", settings, {
    ...nodeChecks,
    ...webContentsChecks,
    hostname: (path, name) => (isLate(name) ? [] : problemsOf(path, () => Hostname.parse(name))),
    discoveryToken: checkToken,
    appHealthPath: checkHealthPath,
  });
}

function checkStaticContent(path: string, content: StaticContent): Problem[] {
  if (content.kind === "directory") return checkDirectory(`${path}.directory`, content.directory);
  if (content.kind === "archive") return checkArchive(path, content.url, content.sha256);
  return [{ path: `${path}.kind`, message: `must be "directory" or "archive", got ${JSON.stringify(content)}` }];
}

function checkDirectory(path: string, directory: string): Problem[] {
  const problem = (message: string): Problem[] => [{ path, message }];
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    return problem(`must be a directory on this machine, got ${JSON.stringify(directory)}`);
  }
  return readSite(directory).length === 0 ? problem(`must hold at least one file, ${directory} has none`) : [];
}

/** Goes into an environment file, which gives a meaning to quotes, backslashes and blanks. */
const urlPattern = /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?\/[A-Za-z0-9._~%/?&=+,;:@()*!-]*$/;

function checkArchive(path: string, url: string, sha256: string): Problem[] {
  const problems: Problem[] = [];
  if (!isLate(url) && !urlPattern.test(url)) {
    problems.push({
      path: `${path}.url`,
      message: `must be an http or https URL of a .tar.gz, other characters as %XX, got ${JSON.stringify(url)}`,
    });
  }
  if (!isLate(sha256) && !/^[0-9a-fA-F]{64}$/.test(sha256)) {
    problems.push({
      path: `${path}.sha256`,
      message: `must be the 64 hexadecimal digits that sha256sum prints, got ${JSON.stringify(sha256)}`,
    });
  }
  return problems;
}

function web(settings: WebSettings): Role {
  const content = settings.staticContent ?? {
    kind: "directory",
    directory: join(findCloudInitDirectory(), "web", "demo-site"),
  };
  const contentUnits = content.kind === "archive" ? ["static-content.service"] : [];
  // Nginx last: from then on the load balancers send.
  const units = ["discover-nodes.service", "haproxy.service", ...contentUnits, "nginx.service"];
  return {
    name: "web",
    packages: ["haproxy", "logrotate", "nginx"],
    values: {
      "/etc/infrastructure/role.env": {
        APP_HEALTH_PATH: settings.appHealthPath ?? defaultHealthPath,
        SITE_HOSTNAME: settings.hostname,
      },
      "/etc/infrastructure/status.json": { UNITS: JSON.stringify(units) },
    },
    files: [
      { path: "/etc/infrastructure/discovery.token", content: `${settings.discoveryToken}\n`, permissions: "0600" },
      ...(content.kind === "directory" ? readSite(content.directory) : archiveFiles(content.url, content.sha256)),
    ],
    units,
  };
}

function readSite(directory: string): HostFile[] {
  return readRootfs(directory)
    .filter(({ path }) => !/\/\.(?!well-known\/)/.test(path))
    .map((file) => ({ ...file, path: `${siteDirectory}${file.path}`, permissions: "0644" }));
}

function archiveFiles(url: string, sha256: string): HostFile[] {
  const values = { STATIC_CONTENT_URL: url, STATIC_CONTENT_SHA256: sha256 };
  return readRootfs(join(findCloudInitDirectory(), "web", "archive", "rootfs")).map((file) =>
    file.path === "/etc/infrastructure/static-content.env"
      ? { ...file, content: fill(file.path, String(file.content), values) }
      : file,
  );
}
