import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { constants, gunzipSync } from "node:zlib";
import { drainingFile } from "../app-node";
import { examplePem } from "../example-pem";
import { describeWithImage } from "../host-image";
import { type ImageSandbox, waitUntil } from "../image-sandbox";
import { StallClock } from "../../stall-clock";
import { kept, SiteChain } from "./site-chain";
import { PlainWebsocket, visit, type Seen } from "./visitor";

/** In the place of 100 s. */
const TIMEOUT_SECONDS = 10;
/** Within the time-out, and beyond it, however a machine that is busy stretches either: it may stand still for 2 s. */
const [WITHIN, BEYOND] = [TIMEOUT_SECONDS - 3, TIMEOUT_SECONDS + 4];
/** More than two web nodes would let two app nodes have if they counted as requests. */
const WEBSOCKETS = 1200;
/** Of two releases: a fingerprint of either. */
const ASSETS = ["3f9a1c0b", "81d2e4f7"];
/** Those with a fingerprint first. */
const FILES = [
  ...["app.3f9a1c0b.css", "main.27e20196a850.js", "main.27e20196a850.js.map", "vendor-0123456789abcdef0123.chunk.js"],
  ...["assets/index-BxK3a9_Q.js", "assets/logo-5f3b9a1c.svg"],
  ...["2024-20241231.pdf", "2024-20241231.png", "report-3f9a1c0b.pdf", "deadbeef.css", "photo-deadbeef.jpg"],
  ...["jquery-widgets1.js", "assets/date-picker1.js", "favicon.svg", "app-20240131.js"],
];
const FINGERPRINTED = 6;
const UPLOADS = `location /upload/video {
    client_max_body_size 10m;
    try_files /nonexistent @app;
}
`;
/**
 * Sends half of a body, and the rest when the application says that it begins: past the edge, which collects bodies as
 * Cloudflare does. Prints the answer.
 */
const UPLOAD_IN_HALVES = `
import http.client, pathlib, ssl, time
arrivals = pathlib.Path("/srv/arrivals")
def begun():
    return arrivals.read_text().count("body begins") if arrivals.exists() else 0
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.load_cert_chain("/srv/client.pem")
before = begun()
connection = http.client.HTTPSConnection("10.10.0.5", context=context, timeout=30)
connection.putrequest("POST", "/upload", skip_host=True)
connection.putheader("Host", "www.example.com")
connection.putheader("Content-Length", "1000000")
connection.endheaders(bytes(500_000))
deadline = time.monotonic() + 30
while begun() == before:
    assert time.monotonic() < deadline, "the application has not been asked before the body was complete"
    time.sleep(0.05)
connection.send(bytes(500_000))
print(connection.getresponse().read().decode())
`;
const app = join(__dirname, "http-app.py");

const jsonOf = ({ body }: Seen) => JSON.parse(body.toString());
/** How often the applications were asked for it. */
const arrivalsOf = (chain: SiteChain, what: string): number =>
  readFileSync(chain.web.path("/srv/arrivals"), "utf8")
    .split("\n")
    .filter((line) => line.endsWith(` ${what}`)).length;

describeWithImage("HTTP between a visitor and the application", () => {
  let chain: SiteChain;
  beforeAll(async () => {
    chain = await SiteChain.start(app, { apps: 2, web: [{ requestTimeoutSeconds: TIMEOUT_SECONDS }] });
  });
  afterAll(() => chain?.[Symbol.asyncDispose]());

  test("what is slow runs once, and is a page that says so when it is too slow", async () => {
    const [slow, tooSlow, post] = await Promise.all([
      visit(chain, `/slow/${WITHIN}`),
      visit(chain, `/slow/${BEYOND}`),
      visit(chain, `/slow/${BEYOND}`, { method: "POST", body: Buffer.from("a=b") }),
    ]);
    expect(slow.status).toBe(200);
    for (const answer of [tooSlow, post]) {
      expect(answer.status).toBe(504);
      expect(answer.body.toString()).toContain("This page takes too long");
    }
    // Longer than all retries would take to begin.
    await sleep(1000);
    const asked = [`GET /slow/${WITHIN}`, `GET /slow/${BEYOND}`, `POST /slow/${BEYOND}`];
    expect(asked.map((what) => arrivalsOf(chain, what))).toEqual([1, 1, 1]);
  });

  test("websockets and event streams may be silent up to the time-out, and no longer", async () => {
    const headers = { accept: "text/event-stream" };
    const received: string[] = [];
    const order: string[] = [];
    const [silent, events, cut] = await Promise.all([
      PlainWebsocket.open(chain).then(async ({ closed }) => {
        const milliseconds = await closed;
        order.push("the silent one is closed");
        return milliseconds;
      }),
      visit(chain, `/events/${WITHIN}`, { headers, onBody: (soFar) => received.push(soFar.toString()) }),
      visit(chain, `/events/${BEYOND}`, { headers }).catch(() => "cut"),
      PlainWebsocket.open(chain).then(async (websocket) => {
        for (const word of ["first", "second"]) {
          await sleep(WITHIN * 1000);
          order.push(await websocket.echo(word));
        }
        websocket.close();
      }),
    ]);
    // The second word comes 4 s after the time-out, and a second before Nginx would have ended what is silent.
    expect(order).toEqual(["first", "the silent one is closed", "second"]);
    expect(silent).toBeGreaterThan(TIMEOUT_SECONDS * 1000 - 200);
    expect(received[0]).toBe("data: first\n\n");
    expect(events.body.toString()).toBe("data: first\n\ndata: second\n\n");
    expect(cut).toBe("cut");
  });

  test("100 MB arrive, with a length and in chunks, also over a slow line", async () => {
    const part = Buffer.alloc(1 << 20);
    const parts = Array.from({ length: 100 }, () => part);
    const whole = await visit(chain, "/upload", { method: "POST", body: Buffer.concat(parts) });
    expect(jsonOf(whole).length).toBe(100 << 20);
    const chunked = await visit(chain, "/upload", { method: "PUT", body: parts.slice(0, 20) });
    expect(jsonOf(chunked).length).toBe(20 << 20);
    const slow = { body: parts.slice(0, 4), pauseMs: (TIMEOUT_SECONDS * 1000) / 4 };
    expect(jsonOf(await visit(chain, "/upload", { method: "POST", ...slow })).length).toBe(4 << 20);
    const expecting = { body: part, headers: { expect: "100-continue" } };
    expect(jsonOf(await visit(chain, "/upload", { method: "POST", ...expecting })).length).toBe(1 << 20);
  });

  test("headers and cookies of 32 KB pass in both directions", async () => {
    const cookie = `session=${"x".repeat(32_000)}`;
    expect(jsonOf(await visit(chain, "/echo", { headers: { cookie } })).headers.cookie).toBe(cookie);
    const six = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`x-${name}`, name.repeat(6144)]));
    expect(jsonOf(await visit(chain, "/echo", { headers: six })).headers).toMatchObject(six);
    const answer = await visit(chain, "/cookies/32");
    expect(answer.headers["set-cookie"]).toHaveLength(32);
    // As Cloudflare asks, which speaks HTTP/2 to the load balancers.
    const curl = ["--http2", "--silent", "--insecure", "--resolve", "www.example.com:443:10.10.0.5"];
    await chain.loadBalancer.write([
      { path: "/srv/client.pem", content: `${examplePem.certificate}\n${examplePem.privateKey}\n` },
      { path: "/srv/headers", content: `cookie: ${cookie}\n` },
    ]);
    const asked = [...curl, "--cert", "/srv/client.pem", "--header", "@/srv/headers", "https://www.example.com/echo"];
    expect(JSON.parse(await chain.loadBalancer.run(["curl", ...asked])).headers.cookie).toBe(cookie);
  });

  test.each([
    ["long", ["a", "b", "c"].map((name) => [`x-${name}`, name.repeat(25_000)])],
    ["many", Array.from({ length: 400 }, (_, index) => [`x-${index}`, "1"])],
  ])("%s headers end no other visitor's request, which shares the edge's connection", async (_, headers) => {
    const slow = visit(chain, "/slow/2");
    await sleep(500);
    expect((await visit(chain, "/echo", { headers: Object.fromEntries(headers) })).status).toBe(431);
    expect((await slow).status).toBe(200);
  });

  test("longer headers are refused with a word on what is wrong", async () => {
    const refused = await visit(chain, "/echo", { headers: { cookie: `session=${"x".repeat(45_000)}` } });
    expect([refused.status, refused.body.toString()]).toEqual([431, expect.stringContaining("40 KiB")]);
    const three = Object.fromEntries(["a", "b", "c"].map((name) => [`x-${name}`, name.repeat(25_000)]));
    expect((await visit(chain, "/echo", { headers: three })).status).toBe(431);
    expect((await visit(chain, "/cookies/56")).status).toBe(503);
    expect((await visit(chain, "/cookies/80")).status).toBe(502);
    const log = () => readFileSync(chain.web.path("/var/log/nginx/error.log"), "utf8");
    await waitUntil("Nginx says why", async () => log().includes("too big header"));
  });

  test("what a proxy would say is never what a visitor says", async () => {
    const forged = [
      ...[
        "Forwarded",
        "Forwarded-For",
        "X-Forwarded",
        "X-Forwarded-By",
        "X-Forwarded-For-Original",
        "X-Forwarded-Prefix",
      ],
      ...["X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl", "X-Forwarded-Url", "X-Forwarded-User"],
      ...["X-Real-IP", "True-Client-IP", "X-Client-IP", "Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP"],
      ...["Fly-Client-IP", "DO-Connecting-IP", "X-Remote-IP", "X-Remote-Addr", "X-Originating-IP", "X-Azure-ClientIP"],
      ...["X-Appengine-User-IP", "X-Envoy-External-Address", "CloudFront-Viewer-Address", "X-ProxyUser-Ip"],
      ...["X-Original-URL", "X-Original-Host", "X-Original-Forwarded-For", "X-Rewrite-URL", "X-Host", "X-Script-Name"],
      ...["X-Scheme", "X-Url-Scheme", "X-HTTP-Host-Override", "Front-End-Https", "X-Arr-Ssl", "X-SSL-Client-Cert"],
      ...["SSL-Client-Verify", "X-Client-Cert", "Remote-User", "X-Remote-User", "X-Accel-Mapping", "X-Sendfile-Type"],
      ...["X-Middleware-Subrequest", "Proxy", "X_Real_IP", "X_Forwarded_For"],
    ];
    const headers = {
      ...Object.fromEntries([...forged, "X-Forwarded-For"].map((name) => [name, "192.0.2.66"])),
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Port": "8443",
      "X-Forwarded-Proto": "http",
      "CF-Connecting-IP": "192.0.2.66",
      "X-Client-Version": "7",
    };
    const seen = jsonOf(await visit(chain, "/echo", { headers })).headers;
    expect(forged.filter((name) => name.toLowerCase() in seen)).toEqual([]);
    expect(seen).toMatchObject({
      "x-forwarded-for": "192.0.2.2",
      "x-forwarded-host": "www.example.com",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "cf-connecting-ip": "192.0.2.2",
      "x-client-version": "7",
    });
  });

  test("nobody gets a cached answer that was made for someone else's cookie", async () => {
    const got = async (path: string, headers: Record<string, string> = {}) => {
      const { cookie, authorization } = jsonOf(await visit(chain, path, { headers }));
      return cookie ?? authorization;
    };
    const [a, b] = [{ cookie: "who=a" }, { cookie: "who=b" }];
    expect([await got("/cached/silent", a), await got("/cached/silent", b)]).toEqual(["who=a", "who=b"]);
    expect([await got("/cached/silent"), await got("/cached/silent", b)]).toEqual([null, "who=b"]);
    for (const kind of ["public", "shared"]) {
      expect([kind, await got(`/cached/${kind}`, a)]).toEqual([kind, "who=a"]);
      await kept(chain.web, `/cached/${kind}`);
      expect([kind, await got(`/cached/${kind}`, b)]).toEqual([kind, "who=a"]);
    }
    expect([await got("/cached/setting", a), await got("/cached/setting", b)]).toEqual(["who=a", "who=b"]);
    const basic = (name: string) => ({ authorization: `Basic ${name}` });
    expect([await got("/cached/public/x", basic("a")), await got("/cached/public/x", basic("b"))]).toEqual([
      "Basic a",
      "Basic b",
    ]);
    // What has no cookie is shared as before.
    await got("/cached/silent/page");
    await kept(chain.web, "/cached/silent/page");
    await got("/cached/silent/page");
    expect(arrivalsOf(chain, "GET /cached/silent/page")).toBe(1);
  });

  test.each([
    ["/lines", "identity"],
    ["/lines", "gzip"],
    ["/old-lines", "identity"],
    ["/endless-lines", "identity"],
  ])("%s, %s: each line arrives when it is written", async (path, encoding) => {
    const compressed = encoding === "gzip";
    const textOf = (body: Buffer) =>
      (compressed ? gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }) : body).toString();
    const tell = (text: string) => writeFileSync(chain.web.path("/srv/lines-read"), `${text.split("\n").length - 1}`);
    tell("");
    const answer = await visit(chain, path, {
      headers: { "accept-encoding": encoding },
      onBody: (soFar) => tell(textOf(soFar)),
    });
    expect(answer.headers["content-encoding"] === "gzip").toBe(compressed);
    expect(textOf(answer.body)).toMatch(/^(line \d\n){5}$/);
  });

  test("a visitor on a slow line gets all of a large answer", async () => {
    const pause = BEYOND * 1000;
    expect((await visit(chain, "/big/40", { readAfterMs: pause })).body).toHaveLength(40 << 20);
  });

  test("paths, methods, conditions, ranges and redirects are as the visitor and the application write them", async () => {
    for (const target of [
      "/a%2Fb//c?d=%20&e=%C3%A9",
      "/m%C3%BCnchen/%E2%82%AC",
      "/a/./b/../c",
      "/a;b=c,d/~e!$&'()*+@:",
    ])
      expect(jsonOf(await visit(chain, target)).target).toBe(target);
    const head = await visit(chain, "/document", { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "10", 0]);
    expect([arrivalsOf(chain, "HEAD /document"), arrivalsOf(chain, "GET /document")]).toEqual([1, 0]);
    expect((await visit(chain, "/document", { headers: { "if-none-match": '"1"' } })).status).toBe(304);
    const part = await visit(chain, "/document", { headers: { range: "bytes=2-4" } });
    expect([part.status, part.body.toString(), part.headers["content-range"]]).toEqual([206, "234", "bytes 2-4/10"]);
    const { headers } = await visit(chain, "/redirect");
    expect(headers.location).toBe("https://www.example.com/other?a=b");
    // Nginx 1.26 leaves a trailer out (docs/http.md).
    const trailing = await visit(chain, "/trailers");
    expect([trailing.body.toString(), trailing.trailers]).toEqual(["body", {}]);
  });

  test("a fingerprinted file that only one app node has is found", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await visit(chain, "/assets/app-2b9f0c1d.css")).status);
    expect(statuses).toEqual([200, 200, 200, 200]);
    const others = await Promise.all([1, 2].map(() => visit(chain, "/assets/page")));
    expect(others.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  test("what a node that lost its power has not answered is asked of another one, soon", async () => {
    await chain.web.run(["sh", "-c", "rm /srv/arrivals; nft add table ip dark"]);
    using clock = new StallClock();
    const answers = Promise.all([1, 2].map(() => visit(chain, `/slow/${WITHIN}`)));
    await waitUntil("both nodes are asked", async () => arrivalsOf(chain, `GET /slow/${WITHIN}`) === 2);
    const drop = "type filter hook input priority 0; ip daddr 10.10.0.6 drop; ip saddr 10.10.0.6 drop;";
    await chain.web.run(["nft", `add chain ip dark input { ${drop} }`]);
    for (const answer of await answers) expect([answer.status, jsonOf(answer).node]).toEqual([200, "10.10.0.5"]);
    // 3 s until that is known, and what the other one takes: what would have been asked again at the time-out is over it.
    expect(clock.elapsed()).toBeLessThan((3 + WITHIN + 3) * 1000);
    await chain.web.run(["nft", "delete table ip dark"]);
  });
});

describeWithImage("a load balancer that has handed the address over", () => {
  let chain: SiteChain;
  beforeAll(async () => {
    chain = await SiteChain.start(app);
  });
  afterAll(() => chain?.[Symbol.asyncDispose]());

  test("ends what it was asked over HTTP/2, and the edge asks the next one", async () => {
    const slow = visit(chain, "/slow/4");
    await sleep(500);
    const before = await chain.handOver();
    expect((await slow).status).toBe(200);
    await before.signal("KILL");
    await before.ended;
    expect(await Promise.all(Array.from({ length: 8 }, () => chain.ask("/ready")))).toEqual(Array(8).fill(200));
  });
});

describeWithImage("two web nodes of different releases", () => {
  let chain: SiteChain;
  let content: string;
  beforeAll(async () => {
    content = mkdtempSync(join(tmpdir(), "content-"));
    const directories = ["old", "new"].map((release, index) => {
      const directory = join(content, release);
      mkdirSync(join(directory, "docs"), { recursive: true });
      for (const name of ["assets", "css"]) mkdirSync(join(directory, name));
      writeFileSync(join(directory, "docs", "index.html"), "docs\n");
      for (const name of FILES) writeFileSync(join(directory, name), "same\n");
      writeFileSync(join(directory, "css", `site-${ASSETS[index]}.css`), `${release}\n`);
      return directory;
    });
    const nodes = directories.map((directory) => ({
      staticContent: { kind: "directory", directory } as const,
      maximumBodyMib: 2,
      bufferUploads: false,
      stickySessions: true,
      extraFiles: [{ path: "/etc/nginx/server.d/upload.conf", content: UPLOADS }],
    }));
    chain = await SiteChain.start(app, { apps: 2, web: nodes });
  });
  afterAll(async () => {
    await chain?.[Symbol.asyncDispose]();
    rmSync(content, { recursive: true });
  });

  test("more than a thousand idle websockets leave room for requests", async () => {
    const websockets: PlainWebsocket[] = [];
    while (websockets.length < WEBSOCKETS)
      websockets.push(...(await Promise.all(Array.from({ length: 50 }, () => PlainWebsocket.open(chain)))));
    const answers = await Promise.all(Array.from({ length: 20 }, () => visit(chain, "/echo")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const echoes = await Promise.all(websockets.map((websocket) => websocket.echo("there")));
    expect(echoes.filter((echo) => echo === "there")).toHaveLength(WEBSOCKETS);
    for (const websocket of websockets) websocket.close();
  }, 300_000);

  test("a fingerprinted file of either is found, whichever node is asked", async () => {
    for (const [index, asset] of ASSETS.entries()) {
      const answers: string[] = [];
      for (let count = 0; count < 4; count++)
        answers.push((await visit(chain, `/css/site-${asset}.css`)).body.toString());
      expect(answers).toEqual(Array.from({ length: 4 }, () => (index === 0 ? "old\n" : "new\n")));
    }
  });

  test("a file of an earlier release is there if its name has a fingerprint", async () => {
    for (const web of [chain.web, chain.secondWeb as ImageSandbox])
      await web.write([
        { path: "/var/www/earlier/assets/gone-0f1e2d3c.js", content: "gone\n" },
        { path: "/var/www/earlier/gone.html", content: "gone\n" },
      ]);
    const { body, headers } = await visit(chain, "/assets/gone-0f1e2d3c.js");
    expect([body.toString(), headers["cache-control"]]).toEqual(["gone\n", expect.stringContaining("immutable")]);
    expect(jsonOf(await visit(chain, "/gone.html")).target).toBe("/gone.html");
  });

  test("a directory is redirected to its name with a slash, as the visitor sees it", async () => {
    const { status, headers } = await visit(chain, "/docs?page=2");
    expect([status, headers.location]).toEqual([301, "https://www.example.com/docs/?page=2"]);
    expect((await visit(chain, "/docs/")).body.toString()).toBe("docs\n");
  });

  test("only names that build tools make are kept for ever", async () => {
    const kept = async (name: string) =>
      /immutable/.test(`${(await visit(chain, `/${name}`)).headers["cache-control"]}`);
    const answers = await Promise.all(FILES.map(async (name) => [name, await kept(name)]));
    expect(answers.filter(([, immutable]) => immutable).map(([name]) => name)).toEqual(FILES.slice(0, FINGERPRINTED));
  });

  test("a body over the limit is a page, and server.d can say otherwise for a place", async () => {
    const send = (path: string, body: Buffer | Buffer[]) => visit(chain, path, { method: "POST", body });
    const part = Buffer.alloc(1 << 20);
    for (const body of [Buffer.alloc(3 << 20), [part, part, part]]) {
      const answer = await send("/upload", body);
      expect([answer.status, answer.body.toString()]).toEqual([
        413,
        expect.stringContaining("This upload is too large"),
      ]);
    }
    const allowed = await send("/upload/video", Buffer.alloc(3 << 20));
    expect([allowed.status, allowed.body.toString()]).toEqual([200, expect.stringContaining(`${3 << 20}`)]);
  });

  test("an upload that is not buffered reaches the application while it is sent", async () => {
    await chain.web.write([
      { path: "/srv/client.pem", content: `${examplePem.certificate}\n${examplePem.privateKey}\n` },
    ]);
    expect(JSON.parse(await chain.web.run(["python3", "-c", UPLOAD_IN_HALVES]))).toEqual({
      length: 1_000_000,
      framing: "content-length",
    });
  });

  test("a visitor stays with his app node, also while it drains, and gets another one when it is gone", async () => {
    const first = await visit(chain, "/echo");
    const [setCookie = ""] = first.headers["set-cookie"] ?? [];
    expect(setCookie).toMatch(/^app-node=[^;]+; path=\/; HttpOnly; Secure/i);
    const headers = { cookie: `theme=dark; ${setCookie.split(";")[0]}` };
    const ask = async () => jsonOf(await visit(chain, "/echo", { headers }));
    const { node } = jsonOf(first);
    for (let count = 0; count < 4; count++)
      expect(await ask()).toMatchObject({ node, headers: { cookie: "theme=dark" } });
    writeFileSync(chain.web.path(drainingFile(node)), "");
    await waitUntil("strangers are sent to the other one", async () => {
      const strangers = await Promise.all([1, 2, 3, 4].map(() => visit(chain, "/echo")));
      return strangers.map(jsonOf).every((one) => one.node !== node);
    });
    expect(await ask()).toMatchObject({ node });
    await chain.apps.get(node)?.signal("KILL");
    const moved = await visit(chain, "/echo", { headers });
    expect([moved.status, jsonOf(moved).node]).not.toContain(node);
    expect(moved.headers["set-cookie"]?.[0]).toMatch(/^app-node=/);
  });
});
