import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { CloudflareEdge } from "../../../local-cloud/edge/cloudflare-edge";
import { cloudflareLimits } from "../../../local-cloud/edge/limits";
import { LoopbackForwarder } from "../../../local-cloud/cli/loopback-forwarder";
import { CertificateAuthority } from "../../../local-cloud/pki/certificate-authority";
import type { EdgeHostname } from "../../../local-cloud/platform/platform";
import { waitUntil } from "../../../programs/wait-until";
import { servicesTreeForTests } from "../services/services-tree-for-tests";

const run = promisify(execFile);
const { tree, describeWithTree } = servicesTreeForTests();

const EDGE = "198.51.100.193";
const LOCATIONS = ["198.51.100.201", "198.51.100.202", "198.51.100.203"];
/** Cloudflare's are too long to wait for. */
const limits = { ...cloudflareLimits, connectSeconds: 4, readSeconds: 2, acknowledgeSeconds: 5 };
const GOOD = "203.0.113.10";
const WRONG_NAME = "203.0.113.11";
const NOTHING_LISTENS = "203.0.113.12";
const NO_ANSWER = "203.0.113.13";
const NO_ROUTE = "203.0.113.14";
const NO_TLS = "203.0.113.15";
const WRONG_AUTHORITY = "203.0.113.16";
const ORIGINS = [GOOD, WRONG_NAME, NOTHING_LISTENS, NO_ANSWER, NO_TLS, WRONG_AUTHORITY];

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

describeWithTree("Cloudflare's edge", () => {
  const namespace = `edge-test-${process.pid}`;
  const originNamespace = `origin-test-${process.pid}`;
  const namespacePath = `/run/netns/${namespace}`;
  const names = new Map<string, readonly string[]>();
  const events: string[] = [];
  let directory: string;
  let edge: CloudflareEdge;
  let origins: ChildProcess;
  let clientCertificate: EdgeHostname["clientCertificate"];
  let anotherCertificate: EdgeHostname["clientCertificate"];
  let webAuthority: CertificateAuthority;

  const site = (origin: string, changes: Partial<EdgeHostname> = {}): EdgeHostname => ({
    hostname: "www.example.com",
    origins: [origin],
    ssl: "strict",
    minimumTls: "1.2",
    alwaysUseHttps: true,
    originHttp: "2",
    clientCertificate: undefined,
    ...changes,
  });

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "edge-"));
    makeNamespaces();
    webAuthority = await CertificateAuthority.create("Test web root");
    writeFileSync(path.join(directory, "web.pem"), webAuthority.certificate);
    const originAuthority = await CertificateAuthority.create("Test origin root");
    const pulls = await CertificateAuthority.create("Test origin pulls");
    clientCertificate = await pulls.issueClientCertificate("edge of example.com");
    anotherCertificate = await pulls.issueClientCertificate("another one");
    await startOrigins(originAuthority, pulls);
    edge = await CloudflareEdge.start({
      tree,
      directory: path.join(directory, "edge"),
      networkNamespace: namespacePath,
      address: EDGE,
      locations: LOCATIONS,
      limits,
      visitorAddress: "192.0.2.2",
      webAuthority,
      originAuthority,
      names: {
        set: async (name, addresses) => void names.set(name, addresses),
        remove: async (name) => void names.delete(name),
      },
      report: (event) => events.push(event),
    });
  });

  afterAll(async () => {
    await edge?.close();
    origins?.kill("SIGKILL");
    for (const name of [namespace, originNamespace]) execFileSync("ip", ["netns", "delete", name]);
    rmSync(directory, { recursive: true });
  });

  test("a request reaches the origin with Cloudflare's headers, and the answer comes back", async () => {
    await edge.setHostnames([site(GOOD, { clientCertificate })]);
    const answer = await visit("https://www.example.com/a?b=c", "-H", "X-Forwarded-For: 10.1.1.1");
    expect(answer.status).toBe(200);
    expect(answer.headers["cf-ray"]).toMatch(/^[0-9a-f]{16}-LCL$/);
    const seen = JSON.parse(answer.body);
    expect(seen).toMatchObject({ method: "GET", url: "/a?b=c", tls: true, client: "edge of example.com" });
    expect(seen.headers).toMatchObject({
      host: "www.example.com",
      "cf-connecting-ip": EDGE,
      "cf-ipcountry": "XX",
      "cf-ray": answer.headers["cf-ray"],
      "cf-visitor": '{"scheme":"https"}',
      "cdn-loop": "cloudflare; loops=1",
      "x-forwarded-for": `10.1.1.1, ${EDGE}`,
      "x-forwarded-proto": "https",
    });
  });

  test("a visitor cannot set the address that the origin sees", async () => {
    const answer = await visit("https://www.example.com/", "-H", "CF-Connecting-IP: 10.1.1.1");
    expect(JSON.parse(answer.body).headers["cf-connecting-ip"]).toBe(EDGE);
  });

  test("visitors and origins get HTTP/2, an origin HTTP/1.1 where the zone says so", async () => {
    const { stdout } = await curl("-w", "%{http_version}\n", "-o", "/dev/null", "https://www.example.com/");
    expect(stdout).toBe("2\n");
    expect((await see("https://www.example.com/")).httpVersion).toBe("2.0");
    await edge.setHostnames([site(GOOD, { clientCertificate, originHttp: "1.1" })]);
    expect((await see("https://www.example.com/")).httpVersion).toBe("1.1");
  });

  test("requests at a time share one connection of each location, which has an address of its own", async () => {
    await edge.setHostnames([site(GOOD, { clientCertificate })]);
    const ports = await portsOfLocations();
    expect(Object.keys(ports).sort()).toEqual(LOCATIONS);
    const seen = await Promise.all(Array.from({ length: 30 }, () => see("https://www.example.com/slow")));
    for (const { address, port } of seen) expect(port).toBe(ports[address]);
  });

  test("a connection that nobody has used for longer than an answer may take is used again", async () => {
    const ports = await portsOfLocations();
    await sleep((limits.readSeconds + 1) * 1000);
    expect(await portsOfLocations()).toEqual(ports);
  });

  test("a connection that dies without a word is used until nothing was acknowledged for too long", async () => {
    const ports = Object.values(await portsOfLocations());
    nft(`add rule inet test input tcp sport { ${ports.join(", ")} } drop`);
    expect((await visit("https://www.example.com/")).status).toBe(524);
    await waitUntil("answers from all locations", 60, async () => {
      const statuses = await Promise.all(
        Array.from({ length: 8 }, async () => (await visit("https://www.example.com/")).status),
      );
      return statuses.every((status) => status === 200);
    });
    for (const port of Object.values(await portsOfLocations())) expect(ports).not.toContain(port);
    nft("flush chain inet test input");
    nft(`add rule inet test input ip daddr ${NO_ANSWER} drop`);
  });

  test("another client certificate is shown without a reload, which would end visitors' connections", async () => {
    await edge.setHostnames([site(WRONG_NAME, { ssl: "full", clientCertificate })]);
    const before = await loadedConfiguration();
    await edge.setHostnames([site(WRONG_NAME, { ssl: "full", clientCertificate: anotherCertificate })]);
    expect(await loadedConfiguration()).toBe(before);
    expect(JSON.parse((await visit("https://www.example.com/")).body).client).toBe("another one");
  });

  test("without Authenticated Origin Pulls, no client certificate is shown", async () => {
    await edge.setHostnames([site(GOOD)]);
    expect(JSON.parse((await visit("https://www.example.com/")).body).client).toBeUndefined();
  });

  test("plain HTTP is sent to HTTPS, where that is asked for", async () => {
    await edge.setHostnames([site(GOOD)]);
    const answer = await visit("http://www.example.com/a?b=c");
    expect([answer.status, answer.headers.location]).toEqual([301, "https://www.example.com/a?b=c"]);
    await edge.setHostnames([site(GOOD, { alwaysUseHttps: false })]);
    expect(JSON.parse((await visit("http://www.example.com/")).body)).toMatchObject({
      tls: false,
      headers: { "x-forwarded-proto": "http" },
    });
  });

  test("each mode asks the origin as Cloudflare does", async () => {
    const modes = ["off", "flexible", "full", "strict"] as const;
    const answers: unknown[] = [];
    for (const ssl of modes) {
      await edge.setHostnames([site(WRONG_NAME, { ssl, alwaysUseHttps: false })]);
      const answer = await visit("https://www.example.com/");
      const seen = answer.status === 200 ? JSON.parse(answer.body).tls : answer.headers.location;
      answers.push([ssl, answer.status, seen]);
    }
    expect(answers).toEqual([
      ["off", 301, "http://www.example.com/"],
      ["flexible", 200, false],
      ["full", 200, true],
      ["strict", 526, undefined],
    ]);
  });

  test.each([
    ["a certificate for another name", WRONG_NAME, 526, "certificate different"],
    ["a certificate of another authority", WRONG_AUTHORITY, 526, "certificate verify failed"],
    ["a refused connection", NOTHING_LISTENS, 521, "Web server is down"],
    ["no answer to a connection", NO_ANSWER, 522, "Connection timed out"],
    ["no route", NO_ROUTE, 523, "socket error"],
    ["something that is not TLS", NO_TLS, 525, "SSL handshake failure"],
  ])("fails with Cloudflare's status for %s", async (_case, origin, status, cause) => {
    await edge.setHostnames([site(origin)]);
    const answer = await visit("https://www.example.com/");
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`Error ${status}`);
    expect(answer.body).toContain(cause);
    expect(answer.headers["cf-ray"] && answer.body.includes(answer.headers["cf-ray"])).toBe(true);
  });

  test("fails with 520 for an origin that hangs up, and passes on the origin's own errors", async () => {
    await edge.setHostnames([site(GOOD)]);
    expect((await visit("https://www.example.com/hang-up", "-X", "POST", "-d", "x")).status).toBe(520);
    expect((await visit("https://www.example.com/hang-up")).status).toBe(520);
    expect(await visit("https://www.example.com/own-error")).toMatchObject({
      status: 502,
      body: "the origin's own page",
    });
  });

  test("fails with 524 for an origin that does not answer, and asks it once only", async () => {
    const { arrived } = await see("https://www.example.com/");
    expect((await visit("https://www.example.com/no-answer")).status).toBe(524);
    expect((await visit("https://www.example.com/hang-up")).status).toBe(520);
    expect((await see("https://www.example.com/")).arrived).toBe(arrived + 3);
  });

  test("another address of a name is tried once, when there is no connection to the first one", async () => {
    await edge.setHostnames([{ ...site(GOOD), origins: [NOTHING_LISTENS, WRONG_AUTHORITY, GOOD] }]);
    const statuses: number[] = [];
    for (let count = 0; count < 27; count++) statuses.push((await visit("https://www.example.com/")).status);
    // One of the two that fail comes first, and the other one next: that is all.
    expect(new Set(statuses)).toEqual(new Set([200, 526]));
    await edge.setHostnames([{ ...site(GOOD), origins: [NOTHING_LISTENS, GOOD] }]);
    for (let count = 0; count < 12; count++) expect((await visit("https://www.example.com/")).status).toBe(200);
  });

  test("fails to agree on a TLS version below the minimum", async () => {
    await edge.setHostnames([site(GOOD, { minimumTls: "1.3" })]);
    await expect(visit("https://www.example.com/", "--tls-max", "1.2")).rejects.toThrow("SSL");
    expect((await visit("https://www.example.com/")).status).toBe(200);
    await edge.setHostnames([site(GOOD, { minimumTls: "1.2" })]);
    expect((await visit("https://www.example.com/", "--tls-max", "1.2")).status).toBe(200);
  });

  test("fails for a name that is not served, in HTTP with error 1001 and in TLS without a certificate", async () => {
    const answer = await visit("http://other.example.com/");
    expect([answer.status, answer.body.includes("Error 1001")]).toEqual([409, true]);
    await expect(visit("https://other.example.com/")).rejects.toThrow("SSL");
  });

  test("a websocket goes through, on an HTTP/1.1 connection of its own", async () => {
    await edge.setHostnames([site(GOOD)]);
    expect((await see("https://www.example.com/")).httpVersion).toBe("2.0");
    const key = Buffer.from("0123456789abcdef").toString("base64");
    const headers = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${key}`,
    ];
    const options = [...headers.flatMap((header) => ["-H", header]), "--http1.1", "--max-time", "5", "-i"];
    const failed = await curl(...options, "https://www.example.com/").catch((error: { stdout: string }) => error);
    expect(failed.stdout).toMatch(/^HTTP\/1.1 101 /);
  });

  test("what encodings a visitor takes is passed on", async () => {
    const { headers } = await see("https://www.example.com/", "-H", "Accept-Encoding: gzip, br");
    expect(headers["accept-encoding"]).toBe("gzip, br");
  });

  test("a large upload arrives, one above Cloudflare's limit does not", async () => {
    const upload = async (mebibytes: number) => {
      const file = path.join(directory, "upload");
      writeFileSync(file, Buffer.alloc(mebibytes * 1024 * 1024));
      return visit("https://www.example.com/", "--data-binary", `@${file}`);
    };
    expect(JSON.parse((await upload(2)).body).headers["content-length"]).toBe(`${2 * 1024 * 1024}`);
    expect((await upload(101)).status).toBe(413);
  });

  test("an origin that comes back is found at once", async () => {
    await edge.setHostnames([site(NO_ANSWER, { ssl: "full" })]);
    nft("flush chain inet test input");
    nft(`add rule inet test input ip daddr ${NO_ANSWER} counter drop`);
    const pending = visit("https://www.example.com/");
    await waitUntil("a packet without an answer", 60, () =>
      /counter packets [1-9]/.test(nft("list chain inet test input")),
    );
    const started = performance.now();
    // The address begins to answer, as when a reserved IP moves to another droplet.
    nft("flush chain inet test input");
    expect((await pending).status).toBe(200);
    process.stdout.write(`measured: origin answers again after ${Math.round(performance.now() - started)} ms\n`);
    nft(`add rule inet test input ip daddr ${NO_ANSWER} drop`);
  });

  test("the unix socket, and a port of this machine before it, take visitors' TLS connections", async () => {
    await edge.setHostnames([site(GOOD)]);
    await using forwarder = await LoopbackForwarder.start({ socket: edge.socket });
    const { port } = forwarder;
    const resolve = ["--connect-to", `www.example.com:443:127.0.0.1:${port}`];
    const options = ["-sS", "--cacert", path.join(directory, "web.pem"), ...resolve];
    const { stdout } = await run("curl", [...options, "https://www.example.com/"], { timeout: 10_000 });
    expect(JSON.parse(stdout).headers["cf-connecting-ip"]).toBe("192.0.2.2");
  });

  test("names lead to the edge when proxied, and to their records when not", async () => {
    await edge.setHostnames([site(GOOD)]);
    await edge.setRecords([{ name: "direct.example.com", type: "A", content: GOOD }]);
    expect([...names]).toEqual([
      ["www.example.com", [EDGE]],
      ["direct.example.com", [GOOD]],
    ]);
    await edge.setHostnames([]);
    await edge.setRecords([]);
    expect([...names]).toEqual([]);
  });

  test("fails for a wrong origin and keeps serving what it served", async () => {
    await edge.setHostnames([site(GOOD)]);
    await expect(edge.setHostnames([site("not an address")])).rejects.toThrow("must be addresses");
    const wrongKey = { certificate: clientCertificate!.certificate, privateKey: "no key" };
    await expect(edge.setHostnames([site(GOOD, { clientCertificate: wrongKey })])).rejects.toThrow(
      "edge: client certificate of www.example.com: does not fit its private key",
    );
    expect((await visit("https://www.example.com/")).status).toBe(200);
    expect(edge.servedHostnames()).toEqual(["www.example.com"]);
  });

  test("no request is lost while the names change", async () => {
    await edge.setHostnames([site(GOOD)]);
    let changing = true;
    const statuses: number[] = [];
    // In HTTP/1.1: an HTTP/2 connection on which nothing was asked yet may end with a GOAWAY, and a browser asks again on
    // another one (RFC 9113, section 6.8), which curl does not always.
    const visitor = (async () => {
      while (changing) statuses.push((await visit("https://www.example.com/", "--http1.1")).status);
    })();
    for (let count = 0; count < 3; count++) {
      const underWay = await startSlowVisit();
      await edge.setHostnames([site(GOOD), site(GOOD, { hostname: `n${count}.example.com`, ssl: "full" })]);
      expect((await visit(`https://n${count}.example.com/`, "--http1.1")).status).toBe(200);
      statuses.push((await underWay.answer).status);
    }
    changing = false;
    await visitor;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test("the Origin CA signs for the names given and refuses what Cloudflare would", async () => {
    const options = ["-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=x"];
    const { stdout: csr } = await run("openssl", ["req", "-new", ...options]);
    const names = ["example.com", "*.example.com"];
    const certificate = new X509Certificate(await edge.signOriginCertificate(csr, names, 5475));
    expect(certificate.subjectAltName).toBe(names.map((name) => `DNS:${name}`).join(", "));
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    expect(Math.round(days)).toBe(5475);
    await expect(edge.signOriginCertificate(csr, ["a b"], 8)).rejects.toThrow(
      'hostnames[0]: must be a host name, with at most one leading "*.", got "a b"\n' +
        "requested_validity: must be one of 7, 30, 90, 365, 730, 1095, 5475, got 8",
    );
  });

  test("closed, it leaves no process, mount or file", async () => {
    await edge.close();
    expect(readdirSync(directory)).not.toContain("edge");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    const left = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isInside(pid));
    expect(left).toEqual([]);
    expect(events).toEqual([]);
  });

  /** The edge and the origins, each in a network namespace of its own, with a wire between them. */
  function makeNamespaces(): void {
    for (const name of [namespace, originNamespace]) {
      execFileSync("ip", ["netns", "add", name]);
      ip(name, "link set lo up");
    }
    ip(namespace, `link add wire type veth peer name wire netns ${originNamespace}`);
    ip(namespace, `address add ${EDGE}/26 dev wire`);
    for (const address of LOCATIONS) ip(namespace, `address add ${address}/32 dev wire`);
    ip(namespace, "link set wire up");
    ip(originNamespace, "link set wire up");
    for (const address of ORIGINS) ip(originNamespace, `address add ${address}/32 dev wire`);
    for (const address of [EDGE, ...LOCATIONS]) ip(originNamespace, `route add ${address} dev wire`);
    ip(namespace, "route add 203.0.113.0/24 dev wire");
    ip(namespace, `route add unreachable ${NO_ROUTE}`);
    nft("add table inet test; add chain inet test input { type filter hook input priority 0; }");
    nft(`add rule inet test input ip daddr ${NO_ANSWER} drop`);
  }

  function ip(name: string, command: string): void {
    execFileSync("ip", ["-netns", name, ...command.split(" ")]);
  }

  function nft(command: string): string {
    return execFileSync("nsenter", [`--net=/run/netns/${originNamespace}`, "nft", command], { encoding: "utf8" });
  }

  async function startOrigins(authority: CertificateAuthority, pulls: CertificateAuthority): Promise<void> {
    const tls = async (address: string, issuer: CertificateAuthority, name: string) => {
      const { certificate, privateKey: key } = await issuer.issueServerCertificate([name]);
      return { address, port: 443, certificate, key, clientAuthority: pulls.certificate };
    };
    const stranger = await CertificateAuthority.create("Test stranger");
    const settings = path.join(directory, "origins.json");
    const all = [
      await tls(GOOD, authority, "www.example.com"),
      { address: GOOD, port: 80 },
      await tls(WRONG_NAME, authority, "other.example.com"),
      { address: WRONG_NAME, port: 80 },
      await tls(NO_ANSWER, authority, "www.example.com"),
      await tls(WRONG_AUTHORITY, stranger, "www.example.com"),
      { address: NO_TLS, port: 443, garbage: true },
    ];
    writeFileSync(settings, JSON.stringify(all), { mode: 0o600 });
    const command = [
      `--net=/run/netns/${originNamespace}`,
      process.execPath,
      path.join(__dirname, "origin-server.js"),
      settings,
    ];
    origins = spawn("nsenter", command, { stdio: ["ignore", "pipe", "inherit"] });
    await once(origins.stdout!, "data");
  }

  function curl(...options: string[]): Promise<{ stdout: string }> {
    const connect = [80, 443].flatMap((port) => ["--connect-to", `:${port}:${EDGE}:${port}`]);
    const command = ["curl", "-sS", "--cacert", path.join(directory, "web.pem"), ...connect, ...options];
    return run("nsenter", [`--net=${namespacePath}`, ...command], { timeout: 30_000, maxBuffer: 1 << 24 });
  }

  async function visit(url: string, ...options: string[]): Promise<Answer> {
    const { stdout } = await curl("-w", "%{stderr}%{http_code}", "-D", "-", ...options, url);
    const parts = stdout.split("\r\n\r\n");
    while (/^HTTP\S+ 100/.test(parts[0]!)) parts.shift();
    const [statusLine, ...lines] = parts[0]!.split("\r\n");
    const headers = lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 2),
    ]);
    return {
      status: Number(statusLine!.split(" ")[1]),
      headers: Object.fromEntries(headers),
      body: parts.slice(1).join("\r\n\r\n"),
    };
  }

  /** What the origin says of a request. */
  async function see(url: string, ...options: string[]) {
    return JSON.parse((await visit(url, ...options)).body);
  }

  /** A request, in HTTP/2, that has arrived at the origin and has no answer yet. */
  async function startSlowVisit(): Promise<{ readonly answer: Promise<Answer> }> {
    const answer = visit("https://www.example.com/slow");
    await waitUntil(
      "the arrival of a request",
      10,
      async () => (await see("https://www.example.com/", "--http1.1")).slow,
    );
    return { answer };
  }

  /** By location, the port of the connection that a request was on; one request after the other, until each had one. */
  async function portsOfLocations(): Promise<Record<string, number>> {
    const ports: Record<string, number> = {};
    while (Object.keys(ports).length < LOCATIONS.length) {
      const { address, port } = await see("https://www.example.com/");
      ports[address] = port;
    }
    return ports;
  }

  /** Number of the configuration that nginx has. */
  async function loadedConfiguration(): Promise<string> {
    const socket = path.join(directory, "edge/status.sock");
    return (await run("curl", ["-sS", "--unix-socket", socket, "http://edge/"])).stdout;
  }

  function isInside(pid: string): boolean {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === `net:[${statSync(namespacePath).ino}]`;
    } catch {
      return false;
    }
  }
});
