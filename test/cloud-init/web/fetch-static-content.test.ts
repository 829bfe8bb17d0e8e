import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { StallClock } from "../../stall-clock";

const program = join(__dirname, "../../../cloud-init/web/archive/rootfs/usr/local/sbin/fetch-static-content");
const hasPython = spawnSync("python3", ["-c", "import tarfile; tarfile.data_filter"]).status === 0;
const describeWithPython = hasPython
  ? describe
  : (name: string, body: () => void) => describe.skip(`${name} (skipped: needs python3 with tarfile filters)`, body);

describeWithPython("fetch-static-content", () => {
  let www: string;
  let server: Server;
  let answer: RequestListener;
  let requests: number;
  const site = makeTar([
    file("index.html", "<h1>hello</h1>"),
    directory("assets/"),
    file("assets/a.css", "a{}", 0o600),
  ]);

  beforeEach(async () => {
    www = mkdtempSync(join(tmpdir(), "www-"));
    requests = 0;
    answer = (_, response) => response.end(site);
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(www, { recursive: true });
  });

  interface Result {
    readonly status: number;
    readonly log: string;
  }

  function fetchSite(sha256: string, environment: Record<string, string> = {}): Promise<Result> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/site.tar.gz`;
    return new Promise((resolve) => {
      const env = {
        PATH: process.env.PATH,
        WWW_DIRECTORY: www,
        STATIC_CONTENT_URL: url,
        STATIC_CONTENT_SHA256: sha256,
        LIMIT_SECONDS: "60",
        PAUSE_SECONDS: "0.05",
        ...environment,
      };
      execFile("python3", ["-B", program], { env, timeout: 100_000 }, (error, _, log) =>
        resolve({ status: error === null ? 0 : Number(error.code), log }),
      );
    });
  }

  test("puts a verified archive where Nginx serves from, readable by it", async () => {
    const result = await fetchSite(sha256Of(site).toUpperCase());
    expect(result).toMatchObject({ status: 0 });
    expect(readFileSync(join(www, "site/index.html"), "utf8")).toBe("<h1>hello</h1>");
    expect(statSync(join(www, "site/assets/a.css")).mode & 0o777).toBe(0o644);
    expect(statSync(join(www, "site/assets")).mode & 0o777).toBe(0o755);
    expect(statSync(join(www, "site/")).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(www, "releases"))).toEqual([sha256Of(site)]);
  });

  test("a release that is there already is not fetched again", async () => {
    await fetchSite(sha256Of(site));
    expect(await fetchSite(sha256Of(site))).toMatchObject({ status: 0 });
    expect(requests).toBe(1);
  });

  test("a new release takes the place of the old one", async () => {
    await fetchSite(sha256Of(site));
    const next = makeTar([file("index.html", "<h1>next</h1>")]);
    answer = (_, response) => response.end(next);
    expect(await fetchSite(sha256Of(next))).toMatchObject({ status: 0 });
    expect(readFileSync(join(www, "site/index.html"), "utf8")).toBe("<h1>next</h1>");
    expect(readlinkSync(join(www, "site"))).toBe(`releases/${sha256Of(next)}`);
    expect(readdirSync(join(www, "releases"))).toEqual([sha256Of(next)]);
  });

  test("files of earlier releases are kept apart, the latest of a name, and one that is gone is no failure", async () => {
    const old = makeTar([file("a-0f1e2d3c.js", "old"), file("index.html", "old")]);
    const older = makeTar([file("a-0f1e2d3c.js", "older"), file("b-0f1e2d3c.js", "older")]);
    const archives = new Map(Object.entries({ "/site.tar.gz": site, "/old": old, "/older": older }));
    answer = ({ url = "" }, response) => {
      const found = archives.get(url);
      response.writeHead(found === undefined ? 404 : 200).end(found);
    };
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const EARLIER_CONTENT = [
      ...[`${sha256Of(old)}=${address}/old`, `${"0".repeat(64)}=${address}/gone`],
      `${sha256Of(older)}=${address}/older`,
    ].join(" ");
    const result = await fetchSite(sha256Of(site), { EARLIER_CONTENT });
    expect(result.status).toBe(0);
    expect(result.log).toContain(`an earlier release is missing: ${address}/gone: HTTP Error 404`);
    const read = (name: string) => readFileSync(join(www, name), "utf8");
    expect(["a-0f1e2d3c.js", "b-0f1e2d3c.js"].map((name) => read(`earlier/${name}`))).toEqual(["old", "older"]);
    expect(read("site/index.html")).toBe("<h1>hello</h1>");
    expect(readdirSync(join(www, "releases")).sort()).toEqual([site, old, older].map(sha256Of).sort());
    await fetchSite(sha256Of(site));
    expect(readdirSync(www).sort()).toEqual(["releases", "site"]);
  });

  test("a server that answers 503, or breaks off, is asked again", async () => {
    answer = (_, response) => {
      if (requests === 1) response.writeHead(503).end();
      else if (requests === 2)
        response
          .writeHead(200, { "content-length": site.length })
          .write(site.subarray(0, 20), () => response.destroy());
      else response.end(site);
    };
    expect(await fetchSite(sha256Of(site), { LIMIT_SECONDS: "60" })).toMatchObject({ status: 0 });
    expect(requests).toBe(3);
  });

  test("fails on an archive with another SHA-256, and keeps what is served", async () => {
    await fetchSite(sha256Of(site));
    answer = (_, response) => response.end(Buffer.concat([site, Buffer.from("x")]));
    const wanted = "0".repeat(64);
    const result = await fetchSite(wanted);
    expect(result).toMatchObject({ status: 1 });
    expect(result.log).toMatch(new RegExp(`SHA-256 must be ${wanted}, got [0-9a-f]{64}`));
    expect(readlinkSync(join(www, "site"))).toBe(`releases/${sha256Of(site)}`);
    expect(readdirSync(join(www, "releases"))).toEqual([sha256Of(site)]);
  });

  test("fails at once on an archive that is not there", async () => {
    answer = (_, response) => response.writeHead(404).end();
    const result = await fetchSite(sha256Of(site));
    expect(result).toMatchObject({ status: 1 });
    expect(result.log).toMatch(/HTTP Error 404/);
    expect(requests).toBe(1);
  });

  test("fails within its time limit when nobody answers well", async () => {
    answer = (_, response) => response.writeHead(500).end();
    using clock = new StallClock();
    expect(await fetchSite(sha256Of(site), { LIMIT_SECONDS: "3" })).toMatchObject({ status: 1 });
    expect(clock.elapsed()).toBeLessThan(10_000);
    expect(requests).toBeGreaterThan(1);
  });

  test.each([
    ["a path that leads out", [file("../../escaped.html", "x")]],
    ["an absolute path", [file("/tmp/escaped.html", "x")]],
    ["a link that leads out", [link("assets", "../../.."), file("assets/escaped.html", "x")]],
    ["an absolute link", [link("passwd", "/etc/passwd")]],
    ["a device", [entry("null", "", 0o644, "3")]],
    ["nothing in it", []],
  ])("fails on an archive with %s, and leaves nothing", async (_, members) => {
    const bad = makeTar(members);
    answer = (_request, response) => response.end(bad);
    const result = await fetchSite(sha256Of(bad));
    expect(result).toMatchObject({ status: 1 });
    expect(readdirSync(www)).toEqual(["releases"]);
    expect(readdirSync(join(www, "releases"))).toEqual([]);
  });

  test("fails on something that is no archive", async () => {
    const text = Buffer.from("<html>Please log in</html>");
    answer = (_, response) => response.end(text);
    const result = await fetchSite(sha256Of(text));
    expect(result).toMatchObject({ status: 1 });
    expect(result.log).toMatch(/cannot be unpacked/);
  });

  test("fails on an archive that is too long, packed or unpacked", async () => {
    const bomb = makeTar([file("zeros.txt", "0".repeat(200_000))]);
    answer = (_, response) => response.end(bomb);
    const unpacked = await fetchSite(sha256Of(bomb), { MAX_BYTES: "100000" });
    expect(unpacked.log).toMatch(/holds more than \d+ files or 100000 bytes/);
    const packed = await fetchSite(sha256Of(bomb), { MAX_BYTES: "100" });
    expect(packed.log).toMatch(/longer than 100 bytes/);
    expect([unpacked.status, packed.status]).toEqual([1, 1]);
  });

  test("fails rather than delete a directory that stands where the site belongs", async () => {
    mkdirSync(join(www, "site"));
    writeFileSync(join(www, "site/precious.html"), "mine");
    expect(await fetchSite(sha256Of(site))).toMatchObject({ status: 1 });
    expect(readFileSync(join(www, "site/precious.html"), "utf8")).toBe("mine");
  });
});

function sha256Of(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A member of a tar archive (POSIX ustar), made by hand because no packer writes the bad ones. */
function entry(name: string, content: string, mode: number, type: string, target = ""): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0");
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(1_700_000_000, 12), 136);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(target, 157);
  header.write("ustar\x0000", 257);
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, Buffer.from(content), padding]);
}

function file(name: string, content: string, mode = 0o644): Buffer {
  return entry(name, content, mode, "0");
}

function directory(name: string): Buffer {
  return entry(name, "", 0o700, "5");
}

function link(name: string, target: string): Buffer {
  return entry(name, "", 0o777, "2", target);
}

function makeTar(members: readonly Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
}
