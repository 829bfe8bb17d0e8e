import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checks, checkGroup, kindProblem } from "../check-group";
import type { HostFile } from "../host-file";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import {
  checkTag,
  checkToken,
  nodeChecks,
  type ExtraFile,
  nodeContentsChecks,
  type NodeContents,
  type NodeSettings,
} from "../node-settings";
import { otherTagKey, otherTagsFiles } from "../other-tags";
import { pageValues } from "../page-style";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { checkRequestTimeout, defaultRequestTimeoutSeconds, silenceMarginsSeconds } from "../request-limits";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import { findCloudInitDirectory, readFiles, readRootfs } from "../rootfs";
import { fill } from "../template";
import { checkBoolean, checkEach, checkPattern, checkRecord, checkWhole, isGroup, shown } from "../value-checks";
import { checkRoutes, renderRoutes, type Route, siteApplication, tiersOf } from "./routes";

/**
 * What Nginx serves by itself; whatever is not in it goes to the application.
 * - `directory`: files of this machine, sent inside the user-data. They share its 64 KiB with everything else (compressed
 *   and as base64: four bytes for three), and a change replaces the web nodes. Hidden files stay behind, `.well-known` comes.
 * - `archive`: a tar archive (gzip) that each node fetches at boot. It is served only if its SHA-256 is this one; a node
 *   that cannot have it never becomes ready. `url` and `sha256` may be late.
 *
 * A file whose name has a fingerprint in it (`site.3f9a1c0b.css`) is kept by visitors for a year, docs/http.md.
 */
export type StaticContent = DirectoryContent | ArchiveContent;

/** Files of this machine. */
export interface DirectoryContent {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "directory";
  /** Path of the directory. */
  readonly directory: string;
}

/** A tar archive (gzip). */
export interface Archive {
  /** http or https. */
  readonly url: string;
  /** What `sha256sum` prints for it. */
  readonly sha256: string;
}

/** An archive that web nodes fetch. */
export interface ArchiveContent extends Archive {
  /** Says which kind this is; another kind replaces the nodes. */
  readonly kind: "archive";
  /**
   * Archives of earlier releases, the latest first. Of them only files with a fingerprint in their names are served:
   * pages that visitors have open ask for them. At most 4. @default none
   */
  readonly earlier?: readonly Archive[];
}

/** What of the web nodes is yours. */
export interface WebContents extends NodeContents {
  /** What Nginx serves itself. @default none; in a `WebInfrastructure` with the demo application, the demo's files */
  readonly staticContent?: StaticContent;
  /**
   * Seconds that the application may take to begin its answer, or be silent in it; a websocket is closed when both sides
   * are silent for so long. 1 to 6000; Cloudflare gives up after 120 s, except where an Enterprise plan says otherwise.
   * In a `WebInfrastructure` a change replaces the load balancers as well. @default 100
   */
  readonly requestTimeoutSeconds?: number;
  /** Longest body of a request in MiB, 1 to 1024. Cloudflare's own limit is 100 MB, more in paid plans. @default 100 */
  readonly maximumBodyMib?: number;
  /**
   * Whether a web node collects the body of a request before it asks the application, on disk from 16 KiB on: a visitor
   * with a slow line then occupies no worker. With `false` it arrives as it is sent. @default true
   */
  readonly bufferUploads?: boolean;
  /**
   * Whether all requests of a visitor go to the same app node, by a cookie (`app-node`; `api-node` for a tier "api"), while that node works: for
   * applications that keep sessions in memory, such as socket.io. @default false
   */
  readonly stickySessions?: boolean;
  /** Requests that are for other applications than the site's own, each on a `Tier` of its own. @default none */
  readonly routes?: readonly Route[];
}

/** What a web node is told. */
export interface WebSettings extends NodeSettings, WebContents {
  /** DigitalOcean token that may list droplets: droplet:read, tag:read. */
  readonly discoveryToken: string;
  /** Tag of each tier that a route is for. @default none */
  readonly tierTags?: Readonly<Record<string, string>>;
  /** Names that the site has by themselves: no route to a wildcard is for them. @default none */
  readonly hostnames?: readonly string[];
  /** Whether app nodes judge a new version by what web nodes tell of its answers. @default false */
  readonly canary?: boolean;
}

export const webContentsDefaults = {
  requestTimeoutSeconds: defaultRequestTimeoutSeconds,
  maximumBodyMib: 100,
  bufferUploads: true,
  stickySessions: false,
};

/** The demo's style sheet, icon and one page. */
export const demoContent: StaticContent = {
  kind: "directory",
  directory: join(findCloudInitDirectory(), "web", "demo-site"),
};

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
export const webContentsChecks: Checks<WebContents> = {
  ...nodeContentsChecks,
  extraFiles: (path, files, group) => [
    ...nodeContentsChecks.extraFiles(path, files, group),
    ...checkEach(path, Array.isArray(files) ? files : [], (at, file) => checkNginxFile(`${at}.content`, file)),
  ],
  staticContent: checkStaticContent,
  requestTimeoutSeconds: checkRequestTimeout,
  maximumBodyMib: (path, value) => checkWhole(path, value, 1, 1024),
  bufferUploads: checkBoolean,
  stickySessions: checkBoolean,
  routes: checkRoutes,
};

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkWebSettings(settings: WebSettings): Problem[] {
  return checkGroup("", settings, {
    ...nodeChecks,
    ...webContentsChecks,
    routes: (path, routes, { tierTags = {} }) => {
      const problems = checkRoutes(path, routes);
      const unknown = problems.length > 0 ? [] : tiersOf(routes).filter((tier) => !Object.hasOwn(tierTags, tier));
      return [...problems, ...unknown.map((tier) => ({ path: `tierTags.${tier}`, message: "is missing" }))];
    },
    discoveryToken: checkToken,
    tierTags: (path, tags) => checkRecord(path, tags, (at, _, tag) => checkTag(at, tag)),
    hostnames: (path, names) => checkEach(path, names, (at, name) => problemsOf(at, () => Hostname.parse(name))),
    canary: checkBoolean,
  });
}

/** Directives of the level that conf.d is included in, which Nginx would call duplicates there. */
function checkNginxFile(path: string, extra: ExtraFile): Problem[] {
  const { path: file, content } = isGroup(extra) ? extra : { path: undefined, content: undefined };
  if (typeof file !== "string" || typeof content !== "string") return [];
  if (!/^\/etc\/nginx\/conf\.d\/[^/]*\.conf$/.test(file)) return [];
  const nginx = join(findCloudInitDirectory(), "web", "rootfs", "etc", "nginx");
  const read = (name: string) => readFileSync(join(nginx, name), "utf8");
  const several = ["access_log", "add_header", "error_log", "include", "log_format", "set_real_ip_from"];
  const ours = [read("nginx.conf").match(/^ {4}[a-z_]+ [^{]*?;$/gm), read("limits.conf").match(/^[a-z_]+ .*;$/gm)]
    .flatMap((lines) => lines ?? [])
    .map((line) => line.trim().split(" ")[0] as string)
    .filter((name) => !several.includes(name));
  let outside = content.replace(/#.*$/gm, "");
  for (let before = ""; before !== outside;) [before, outside] = [outside, outside.replace(/\{[^{}]*\}/g, ";")];
  const taken = outside.split(";").map((directive) => directive.trim().split(/\s/)[0] as string);
  return taken
    .filter((name) => ours.includes(name))
    .map((name) => ({
      path,
      message: `must not set ${name}, which nginx.conf sets at the same level; put it into a file of /etc/nginx/server.d/`,
    }));
}

const archiveChecks: Checks<Archive> = { url: checkUrl, sha256: checkSum };
const kind = () => [];
const directoryContentChecks: Checks<DirectoryContent> = { kind, directory: checkDirectory };
const archiveContentChecks: Checks<ArchiveContent> = {
  kind,
  ...archiveChecks,
  earlier: (path, archives) =>
    Array.isArray(archives) && archives.length > maximumEarlier
      ? [{ path, message: `must hold at most ${maximumEarlier}, got ${archives.length}` }]
      : checkEach(path, archives, (at, one) => checkGroup(at, one, archiveChecks, { required: ["url", "sha256"] })),
};

function checkStaticContent(path: string, content: StaticContent): Problem[] {
  if (content?.kind === "directory")
    return checkGroup(path, content, directoryContentChecks, { required: ["directory"] });
  if (content?.kind === "archive")
    return checkGroup(path, content, archiveContentChecks, { required: ["url", "sha256"] });
  return [kindProblem(path, ["directory", "archive"], content)];
}

function checkDirectory(path: string, directory: string): Problem[] {
  const problem = (message: string): Problem[] => [{ path, message }];
  const isPath = typeof directory === "string" && directory !== "" && !directory.includes("\0");
  if (!isPath || !existsSync(directory) || !statSync(directory).isDirectory())
    return problem(`must be a directory on this machine, got ${shown(directory)}`);
  return readSite(directory).length === 0 ? problem(`must hold at least one file, ${shown(directory)} has none`) : [];
}

/** Each may take a minute to fetch before the node can serve. */
const maximumEarlier = 4;

/** Goes into an environment file, which gives a meaning to quotes, backslashes and blanks. */
const urlPattern = /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?\/[A-Za-z0-9._~%/?&=+,;:@()*!-]*$/;

/** What comes before the host, and after the path, may be a password or a signature. */
function checkUrl(path: string, url: string): Problem[] {
  if (isLate(url) || (typeof url === "string" && urlPattern.test(url))) return [];
  const visible = typeof url === "string" ? url.replace(/\/\/.*@/, "//...@").replace(/[?#][^]*$/, "?...") : url;
  const what = "an http or https URL of a .tar.gz, other characters as %XX";
  return [{ path, message: `must be ${what}, got ${shown(visible)}` }];
}

function checkSum(path: string, sha256: string): Problem[] {
  if (isLate(sha256)) return [];
  return checkPattern(path, sha256, /^[0-9a-fA-F]{64}$/, "the 64 hexadecimal digits that sha256sum prints");
}

function web(settings: WebSettings): Role {
  const { staticContent, routes = [], hostnames = [], tierTags = {} } = settings;
  const otherTiers = tiersOf(routes);
  const backends = [
    backendsOf(siteApplication, "APP_TAG"),
    ...otherTiers.map((tier, index) => backendsOf(tier, otherTagKey(index))),
  ].flat();
  const {
    requestTimeoutSeconds = webContentsDefaults.requestTimeoutSeconds,
    maximumBodyMib = webContentsDefaults.maximumBodyMib,
    bufferUploads = webContentsDefaults.bufferUploads,
    stickySessions = webContentsDefaults.stickySessions,
  } = settings;
  const contentUnits = staticContent?.kind === "archive" ? ["static-content.service"] : [];
  // Nginx last: from then on the load balancers send.
  const canaryUnits = settings.canary ? ["report-answers.service"] : [];
  const units = ["discover-nodes.service", "haproxy.service", ...canaryUnits, ...contentUnits, "nginx.service"];
  return {
    name: "web",
    discovers: true,
    packages: ["haproxy", "logrotate", "nginx"],
    values: {
      ...pageValues("unavailable", "too-slow", "too-large"),
      "/etc/infrastructure/role.env": {
        REQUEST_TIMEOUT_SECONDS: String(requestTimeoutSeconds),
        WEB_FILES: staticContent === undefined ? "no" : "yes",
        STICKY_SESSIONS: stickySessions ? "yes" : "no",
      },
      "/etc/nginx/limits.conf": {
        MAXIMUM_BODY_MIB: String(maximumBodyMib),
        REQUEST_BUFFERING: bufferUploads ? "on" : "off",
        SILENCE_SECONDS: String(requestTimeoutSeconds + silenceMarginsSeconds.nginx),
      },
      "/etc/nginx/routes.conf": { ROUTES: renderRoutes(routes, hostnames) },
      "/etc/infrastructure/discovery.json": { BACKENDS: JSON.stringify(backends, undefined, 2) },
      "/etc/infrastructure/status.json": { UNITS: JSON.stringify(units) },
    },
    files: [
      { path: "/etc/infrastructure/discovery.token", content: `${settings.discoveryToken}\n`, permissions: "0600" },
      ...otherTagsFiles(otherTiers.map((tier) => tierTags[tier]!)),
      ...backends.map(emptyBackend),
      ...(staticContent === undefined ? [] : contentFiles(staticContent)),
      ...(settings.canary ? readRootfs(join(findCloudInitDirectory(), "web", "canary", "rootfs")) : []),
    ],
    units,
  };
}

/** An entry of discovery.json. */
interface Backend {
  readonly backend: string;
  readonly defaults: string;
}

/** HAProxy's three backends of one tier. A name of a tier has no dot in it. */
function backendsOf(tier: string, tagKey: string): Backend[] {
  return ["", ".streams", ".assets"].map((suffix) => {
    const defaults = suffix === "" ? "app-servers" : `app-${suffix.slice(1)}`;
    // What the first one's checks find is what the others believe.
    const track = suffix === "" ? "" : ` track ${tier}/{name}`;
    const values = { BACKEND: `${tier}${suffix}`, DEFAULTS: defaults, TAG_KEY: tagKey, TIER: tier, TRACK: track };
    return JSON.parse(fillTemplate("backend.json", values)) as Backend;
  });
}

/** Without it HAProxy would not start where DigitalOcean's API does not answer. */
function emptyBackend({ backend, defaults }: Backend): HostFile {
  const content = fillTemplate("backend.cfg", { BACKEND: backend, DEFAULTS: defaults });
  return { path: `/etc/haproxy/discovered/${backend}.cfg`, content };
}

function fillTemplate(name: string, values: Readonly<Record<string, string>>): string {
  return fill(name, readFileSync(join(findCloudInitDirectory(), "web", "tier", name), "utf8"), values);
}

function contentFiles(content: StaticContent): HostFile[] {
  return content.kind === "directory" ? readSite(content.directory) : archiveFiles(content);
}

function readSite(directory: string): HostFile[] {
  return readFiles(directory)
    .filter(({ path }) => !/\/\.(?!well-known\/)/.test(path))
    .map((file) => ({ ...file, path: `${siteDirectory}${file.path}`, permissions: "0644" }));
}

function archiveFiles({ url, sha256, earlier = [] }: ArchiveContent): HostFile[] {
  const values = {
    STATIC_CONTENT_URL: url,
    STATIC_CONTENT_SHA256: sha256,
    EARLIER_CONTENT: earlier.map((one) => `${one.sha256}=${one.url}`).join(" "),
  };
  return readRootfs(join(findCloudInitDirectory(), "web", "archive", "rootfs")).map((file) =>
    file.path === "/etc/infrastructure/static-content.env"
      ? { ...file, content: fill(file.path, String(file.content), values) }
      : file,
  );
}
