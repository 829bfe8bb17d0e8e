import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userDataLimitBytes } from "../../../cloud-init/cloud-config";
import { ports } from "../../../cloud-init/ports";
import {
  checkWebSettings,
  demoContent,
  webFiles,
  webUserData,
  type WebSettings,
} from "../../../cloud-init/web/user-data";

const settings: WebSettings = {
  tags: { loadBalancer: "shop-load-balancer", web: "shop-web", app: "shop-app" },
  readinessToken: "readiness-token-0123456789",
  discoveryToken: "dop_v1_0123456789abcdef",
};
const archive = { kind: "archive", url: "https://cdn.example.com/site-1.tar.gz", sha256: "ab".repeat(32) } as const;

let site: string;
beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), "site-"));
});
afterEach(() => rmSync(site, { recursive: true }));

function contentOf(path: string, of: WebSettings = settings): string {
  const file = webFiles(of).find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return String(file.content);
}

test("a web node serves no files by default; the demo has three", () => {
  const pathsOf = (of: WebSettings) => webFiles(of).map(({ path }) => path);
  expect(pathsOf(settings).filter((path) => path.startsWith("/var/www/"))).toEqual([]);
  const paths = pathsOf({ ...settings, staticContent: demoContent });
  expect(paths.filter((path) => path.startsWith("/var/www/"))).toEqual([
    "/var/www/site/about.html",
    "/var/www/site/assets/demo.css",
    "/var/www/site/favicon.svg",
  ]);
  expect(paths).not.toContain("/usr/local/sbin/fetch-static-content");
});

test("a directory becomes the site, binary files included and hidden ones left out", () => {
  mkdirSync(join(site, "images"));
  mkdirSync(join(site, ".git"));
  mkdirSync(join(site, ".well-known"));
  writeFileSync(join(site, "index.html"), "<h1>hello</h1>\n");
  writeFileSync(join(site, "images", "dot.gif"), Buffer.from([0x47, 0x49, 0x46, 0xff, 0xfe]));
  writeFileSync(join(site, ".git", "config"), "secret");
  writeFileSync(join(site, ".env"), "secret");
  writeFileSync(join(site, ".well-known", "security.txt"), "Contact: mailto:a@example.com\n");
  const files = webFiles({ ...settings, staticContent: { kind: "directory", directory: site } });
  const served = files.filter(({ path }) => path.startsWith("/var/www/"));
  expect(served.map(({ path }) => path)).toEqual([
    "/var/www/site/.well-known/security.txt",
    "/var/www/site/images/dot.gif",
    "/var/www/site/index.html",
  ]);
  expect(served.map(({ permissions }) => permissions)).toEqual(["0644", "0644", "0644"]);
  expect(served[1]?.content).toEqual(Buffer.from([0x47, 0x49, 0x46, 0xff, 0xfe]));
});

test("an archive is fetched at boot, and Nginx and readiness wait for it", () => {
  const of = { ...settings, staticContent: archive };
  expect(contentOf("/etc/infrastructure/static-content.env", of)).toContain(
    `STATIC_CONTENT_URL=${archive.url}\nSTATIC_CONTENT_SHA256=${archive.sha256}\n`,
  );
  expect(JSON.parse(contentOf("/etc/infrastructure/status.json", of)).units).toEqual([
    "discover-nodes.service",
    "haproxy.service",
    "static-content.service",
    "nginx.service",
  ]);
  expect(contentOf("/etc/systemd/system/nginx.service.d/static-content.conf", of)).toContain(
    "Requires=static-content.service",
  );
  expect(webFiles(of).filter(({ path }) => path.startsWith("/var/www/"))).toEqual([]);
});

test("archives of earlier releases are told to the program that fetches them", () => {
  const earlier = [1, 2].map((n) => ({ url: `https://cdn.example.com/site-${n}.tar.gz`, sha256: `${n}`.repeat(64) }));
  const of: WebSettings = { ...settings, staticContent: { ...archive, earlier } };
  const pairs = earlier.map(({ url, sha256 }) => `${sha256}=${url}`).join(" ");
  expect(contentOf("/etc/infrastructure/static-content.env", of)).toContain(`\nEARLIER_CONTENT=${pairs}\n`);
  const wrong = { ...archive, earlier: [{ url: "https://cdn.example.com/a b", sha256: "1" }] };
  expect(checkWebSettings({ ...settings, staticContent: wrong }).map(({ path }) => path)).toEqual([
    "staticContent.earlier[0].url",
    "staticContent.earlier[0].sha256",
  ]);
});

test("limits of a request have defaults, and each limit is longer the farther out it is", () => {
  expect(contentOf("/etc/infrastructure/role.env")).toContain("REQUEST_TIMEOUT_SECONDS=100\nSTICKY_SESSIONS=no\n");
  expect(contentOf("/etc/nginx/limits.conf").match(/^[^#\n]+;$/gm)).toEqual([
    "client_max_body_size 100m;",
    "proxy_request_buffering on;",
    "proxy_read_timeout 105s;",
    "proxy_send_timeout 105s;",
  ]);
});

test.each([
  ["requestTimeoutSeconds", 0, "must be a whole number from 1 to 6000, got 0"],
  ["requestTimeoutSeconds", 1.5, "must be a whole number from 1 to 6000, got 1.5"],
  ["maximumBodyMib", 2000, "must be a whole number from 1 to 1024, got 2000"],
  ["bufferUploads", "no", 'must be true or false, got "no"'],
  ["stickySessions", 1, "must be true or false, got 1"],
])("fails on %s: %j", (path, value, message) => {
  expect(checkWebSettings({ ...settings, [path]: value })).toEqual([{ path, message }]);
});

test("fails on a directive that would be there twice, and says where it can be", () => {
  const problemsOf = (path: string, content: string) =>
    checkWebSettings({ ...settings, extraFiles: [{ path, content }] }).map(({ message }) => message);
  const content = "# more\nclient_max_body_size 200m;\nmap $a $b {\n    default 1;\n}\n";
  expect(problemsOf("/etc/nginx/conf.d/a.conf", content)).toEqual([
    "must not set client_max_body_size, which nginx.conf sets at the same level; put it into a file of /etc/nginx/server.d/",
  ]);
  expect(problemsOf("/etc/nginx/conf.d/a.conf", "gzip_comp_level 1; server { client_max_body_size 5m; }")).toHaveLength(
    1,
  );
  expect(problemsOf("/etc/nginx/conf.d/a.conf", "server { location / { send_timeout 5s; } }\n")).toEqual([]);
  expect(problemsOf("/etc/nginx/server.d/a.conf", content)).toEqual([]);
});

test("only root reads the tokens", () => {
  const secrets = webFiles(settings).filter(({ path }) => path.endsWith(".token"));
  expect(secrets.map(({ path, permissions }) => [path, permissions])).toEqual([
    ["/etc/infrastructure/discovery.token", "0600"],
    ["/etc/infrastructure/readiness.token", "0600"],
  ]);
});

test("the application is found and asked on the ports that the firewalls open", () => {
  const discovery = JSON.parse(contentOf("/etc/infrastructure/discovery.json"));
  expect(discovery.backends).toEqual([
    expect.objectContaining({ backend: "app", defaults: "app-servers", tagKey: "APP_TAG", port: ports.app }),
    expect.objectContaining({ backend: "app.streams", defaults: "app-streams", tagKey: "APP_TAG", port: ports.app }),
    expect.objectContaining({ backend: "app.assets", defaults: "app-assets", tagKey: "APP_TAG", port: ports.app }),
  ]);
  expect(contentOf("/etc/haproxy/haproxy.cfg")).toContain(`agent-port ${ports.agentCheck} `);
  expect(contentOf("/etc/nginx/nginx.conf")).toContain(`listen ${ports.web} default_server`);
});

test("a tier with a route is found and asked like the application, by its own tag", () => {
  const routes = ["api", "admin", "api"].map((tier, index) => ({ path: `/${index}`, tier }));
  const of: WebSettings = { ...settings, routes, tierTags: { api: "shop-api", admin: "shop-admin" } };
  const { backends } = JSON.parse(contentOf("/etc/infrastructure/discovery.json", of));
  const asApp = (list: object[], tier: string, tagKey: string) =>
    JSON.parse(JSON.stringify(list).replaceAll(tier, "app").replaceAll(tagKey, "APP_TAG"));
  expect(asApp(backends.slice(3, 6), "admin", "OTHER_TAG_1")).toEqual(backends.slice(0, 3));
  expect(asApp(backends.slice(6), "api", "OTHER_TAG_2")).toEqual(backends.slice(0, 3));
  expect(contentOf("/etc/systemd/system/discover-nodes.service.d/other-tags.conf", of)).toContain(
    "\n[Service]\nEnvironment=OTHER_TAG_1=shop-admin\nEnvironment=OTHER_TAG_2=shop-api\n",
  );
  const lists = webFiles(of).filter(({ path }) => path.startsWith("/etc/haproxy/discovered/"));
  const wanted = backends.map(({ backend }: { backend: string }) => `/etc/haproxy/discovered/${backend}.cfg`);
  expect(lists.map(({ path }) => path).sort()).toEqual(wanted.sort());
  expect(checkWebSettings({ ...of, tierTags: {} }).map(({ path }) => path)).toEqual(["tierTags.admin", "tierTags.api"]);
});

test("user-data of a web node leaves a quarter of the limit free", () => {
  for (const staticContent of [undefined, archive]) {
    expect(Buffer.byteLength(webUserData({ ...settings, staticContent }))).toBeLessThan((userDataLimitBytes * 3) / 4);
  }
});

test("fails on a directory that is too large for user-data, naming the limit", () => {
  // Random, so that nothing makes it smaller.
  writeFileSync(join(site, "video.bin"), randomBytes(70_000));
  expect(() => webUserData({ ...settings, staticContent: { kind: "directory", directory: site } })).toThrow(
    /must fit into 65536 bytes, got \d+.*\/var\/www\/site\/video\.bin/,
  );
});

test("fails with all problems of the settings at once", () => {
  const problems = checkWebSettings({
    ...settings,
    discoveryToken: "",
    staticContent: { kind: "archive", url: "ftp://example.com/a b", sha256: "123" },
  });
  expect(problems.map(({ path }) => path)).toEqual(["staticContent.url", "staticContent.sha256", "discoveryToken"]);
});

test.each([
  ["https://example.com/site.tar.gz", true],
  ["http://10.0.0.9:9000/bucket/site.tar.gz?version=3&x=%20", true],
  ["https://example.com/'quoted'", false],
  ["https://example.com/a\nEVIL=1", false],
  ["https://user:secret@example.com/a", false],
  ["file:///etc/passwd", false],
])("an archive's URL %j is accepted: %p", (url, accepted) => {
  const problems = checkWebSettings({ ...settings, staticContent: { ...archive, url } });
  expect(problems.length === 0).toBe(accepted);
});

test("fails on a directory that is missing or empty", () => {
  for (const directory of [join(site, "nowhere"), site]) {
    const problems = checkWebSettings({ ...settings, staticContent: { kind: "directory", directory } });
    expect(problems.map(({ path }) => path)).toEqual(["staticContent.directory"]);
  }
});
