import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkHealthPath } from "../health-path";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import { checkNodeSettings, checkToken, type NodeSettings } from "../node-settings";
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
export type StaticContent =
  | { readonly kind: "directory"; readonly directory: string }
  | { readonly kind: "archive"; readonly url: string; readonly sha256: string };

/** What a web node is told. */
export interface WebSettings extends NodeSettings {
  /** Public name of the site, `www.example.com`: what app nodes see as Host when they are asked how they are. */
  readonly hostname: string;
  /** DigitalOcean token that may list droplets: droplet:read, tag:read. */
  readonly discoveryToken: string;
  /** @default the demo's style sheet, icon and one page */
  readonly staticContent?: StaticContent;
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

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkWebSettings(settings: WebSettings): Problem[] {
  const { hostname, staticContent, appHealthPath } = settings;
  return [
    ...checkNodeSettings(settings),
    ...(isLate(hostname) ? [] : problemsOf("hostname", () => Hostname.parse(hostname))),
    ...checkToken("discoveryToken", settings.discoveryToken),
    ...(staticContent === undefined ? [] : checkStaticContent(staticContent)),
    ...(appHealthPath === undefined ? [] : checkHealthPath("appHealthPath", appHealthPath)),
  ];
}

function checkStaticContent(content: StaticContent): Problem[] {
  return content.kind === "directory" ? checkDirectory(content.directory) : checkArchive(content.url, content.sha256);
}

function checkDirectory(directory: string): Problem[] {
  const problem = (message: string): Problem[] => [{ path: "staticContent.directory", message }];
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    return problem(`must be a directory on this machine, got ${JSON.stringify(directory)}`);
  }
  return readSite(directory).length === 0 ? problem(`must hold at least one file, ${directory} has none`) : [];
}

/** Goes into an environment file, which gives a meaning to quotes, backslashes and blanks. */
const urlPattern = /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?\/[A-Za-z0-9._~%/?&=+,;:@()*!-]*$/;

function checkArchive(url: string, sha256: string): Problem[] {
  const problems: Problem[] = [];
  if (!isLate(url) && !urlPattern.test(url)) {
    problems.push({
      path: "staticContent.url",
      message: `must be an http or https URL of a .tar.gz, other characters as %XX, got ${JSON.stringify(url)}`,
    });
  }
  if (!isLate(sha256) && !/^[0-9a-fA-F]{64}$/.test(sha256)) {
    problems.push({
      path: "staticContent.sha256",
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
        APP_HEALTH_PATH: settings.appHealthPath ?? "/healthz",
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
