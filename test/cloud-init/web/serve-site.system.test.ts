import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webFiles } from "../../../cloud-init/web/user-data";
import { startAppNode } from "../app-node";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { serverStatistics } from "../haproxy-socket";
import { describeWithImage } from "../host-image";
import { kept } from "../chain/site-chain";
import { ImageSandbox, waitUntil, type SandboxProcess } from "../image-sandbox";

/** From here Nginx believes what the load balancer says about the visitor. */
const site = "http://10.10.0.5";
/** Of the app nodes. */
const addresses = { a: "10.10.0.41", b: "10.10.0.42" };
const configuration = ["-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"];

describeWithImage("a web node", () => {
  let sandbox: ImageSandbox;
  let apps: SandboxProcess[];
  let nginx: SandboxProcess;
  let haproxy: SandboxProcess;
  let content: string;

  beforeAll(async () => {
    content = mkdtempSync(join(tmpdir(), "site-"));
    writeFileSync(join(content, "page.html"), "<h1>static</h1>\n");
    writeFileSync(join(content, "app.3f9a1c0b.css"), `body { color: black }\n${" ".repeat(2000)}`);
    writeFileSync(join(content, "logo.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>\n");
    sandbox = await ImageSandbox.start("web-1");
    await sandbox.write(
      webFiles({
        tags: { loadBalancer: "lb", web: "web", app: "app" },
        readinessToken: "readiness-token-0123456789",
        discoveryToken: "dop_v1_0123456789abcdef",
        staticContent: { kind: "directory", directory: content },
      }),
    );
    const stub = { path: "/srv/stub-app.py", content: readFileSync(join(__dirname, "stub-app.py"), "utf8") };
    await sandbox.write([stub]);
    await writeDiscoveredNodes(sandbox, { APP_TAG: { 41: addresses.a, 42: addresses.b } });
    apps = await Promise.all(
      Object.entries(addresses).map(([name, address]) =>
        startAppNode(sandbox, address, ["python3", "/srv/stub-app.py", name, address]),
      ),
    );
    nginx = sandbox.spawn(["nginx", "-g", "daemon off;"]);
    haproxy = sandbox.spawn(["haproxy", "-db", ...configuration]);
    await waitUntil("both app nodes answer through Nginx", async () => {
      const nodes = await Promise.all(
        [1, 2, 3, 4].map(async () => (await sandbox.request(`${site}/`)).headers["x-app-node"]),
      );
      return new Set(nodes).has("a") && new Set(nodes).has("b");
    });
  });
  afterAll(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    rmSync(content, { recursive: true });
  });

  test("serves files itself, with security headers and a word on how long they may be kept", async () => {
    const page = await sandbox.request(`${site}/page.html`);
    expect(page).toMatchObject({ status: 200, body: "<h1>static</h1>\n" });
    expect(page.headers).toMatchObject({
      "cache-control": "no-cache",
      "content-type": "text/html; charset=utf-8",
      "x-web-node": "web-1",
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "referrer-policy": "strict-origin-when-cross-origin",
      server: "nginx",
    });
    expect((await sandbox.request(`${site}/app.3f9a1c0b.css`)).headers["cache-control"]).toBe(
      "public, max-age=31536000, immutable",
    );
    expect((await sandbox.request(`${site}/logo.svg`)).headers["cache-control"]).toMatch(/^public, max-age=300/);
  });

  test("compresses for those who understand it", async () => {
    const headers = { "accept-encoding": "gzip" };
    expect((await sandbox.request(`${site}/app.3f9a1c0b.css`, { headers })).headers["content-encoding"]).toBe("gzip");
    expect((await sandbox.request(`${site}/dynamic`, { headers })).headers["content-encoding"]).toBe("gzip");
    expect((await sandbox.request(`${site}/dynamic`)).headers["content-encoding"]).toBeUndefined();
  });

  test("tells the application who asks, through which nodes, under which request id", async () => {
    const headers = {
      host: "www.example.com",
      "x-forwarded-for": "192.0.2.77",
      "x-forwarded-proto": "https",
      "x-load-balancer": "load-balancer-1",
      "x-request-id": "9c21d0f7be3a-FRA",
      "x-web-node": "forged",
    };
    const answer = await sandbox.request(`${site}/dynamic?a=b`, { headers });
    expect(answer.headers).toMatchObject({ "x-web-node": "web-1", "x-request-id": "9c21d0f7be3a-FRA" });
    expect(JSON.parse(answer.body).headers).toMatchObject({
      host: "www.example.com",
      "x-forwarded-for": "192.0.2.77",
      "x-forwarded-proto": "https",
      "x-load-balancer": "load-balancer-1",
      "x-request-id": "9c21d0f7be3a-FRA",
      "x-web-node": "web-1",
    });
  });

  test("sends no header that makes an application ask a proxy, and one scheme, whatever came", async () => {
    const headersFor = async (headers: Record<string, string>) =>
      JSON.parse((await sandbox.request(`${site}/dynamic`, { headers })).body).headers;
    expect(await headersFor({ proxy: "http://192.0.2.66" })).not.toHaveProperty("proxy");
    expect(await headersFor({})).toMatchObject({ "x-forwarded-proto": "https" });
    expect(await headersFor({ "x-forwarded-proto": "gopher" })).toMatchObject({ "x-forwarded-proto": "https" });
  });

  test("passes on no upgrade but to websocket", async () => {
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
    const asked = JSON.parse((await sandbox.request(`${site}/dynamic`, { headers })).body).headers;
    expect(asked).not.toHaveProperty("upgrade");
  });

  test("does not believe an address from outside the private ranges, nor a malformed request id", async () => {
    const headers = { "x-forwarded-for": "192.0.2.77", "x-request-id": 'bad id"' };
    const asked = JSON.parse((await sandbox.request("http://127.0.0.1/dynamic", { headers })).body).headers;
    expect(asked["x-forwarded-for"]).toBe("127.0.0.1");
    expect(asked["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  /** What HAProxy knows of the app nodes: a node that is slow for a moment, as this machine may be, gets less. */
  const states = async () =>
    (await serverStatistics(sandbox))
      .filter(({ pxname, addr }) => pxname === "app" && !addr?.startsWith("127."))
      .map(({ status, weight, chkdown }) => [status, weight, chkdown].join(" "));

  test("sends requests round to all app nodes", async () => {
    let nodes: string[] = [];
    await waitUntil("eight requests while both nodes are well", async () => {
      const before = await states();
      nodes = [];
      for (let count = 0; count < 8; count++)
        nodes.push((await sandbox.request(`${site}/`)).headers["x-app-node"] ?? "");
      const [one, other, ...more] = await states();
      const areWell = more.length === 0 && one === other && one?.startsWith("UP 100 ") === true;
      return areWell && before.join() === [one, other].join();
    });
    expect(nodes.filter((node) => node === "a")).toHaveLength(4);
    expect(nodes.filter((node) => node === "b")).toHaveLength(4);
  });

  test("leaves a header to the application where it sets it, and its own error page as it is", async () => {
    expect((await sandbox.request(`${site}/framed`)).headers["x-frame-options"]).toBe("DENY");
    const failed = await sandbox.request(`${site}/own-503`);
    expect(failed.status).toBe(503);
    expect(JSON.parse(failed.body).node).toMatch(/^[ab]$/);
  });

  test("keeps what the application calls cacheable, and nothing else", async () => {
    const first = await sandbox.request(`${site}/cached`, { headers: { host: "www.example.com" } });
    await kept(sandbox, "www.example.com/cached");
    const second = await sandbox.request(`${site}/cached`, { headers: { host: "www.example.com" } });
    expect(second.body).toBe(first.body);
    expect(second.headers["cache-control"]).toBe("max-age=60");
    const other = await sandbox.request(`${site}/cached`, { headers: { host: "other.example.com" } });
    expect(JSON.parse(other.body).headers.host).toBe("other.example.com");
  });

  test("what has a body neither fills the cache nor is answered from it", async () => {
    const lengthAsked = async (options: object) =>
      JSON.parse((await sandbox.request(`${site}/cached?fat`, options)).body).headers["content-length"];
    expect(await lengthAsked({ method: "GET", body: "price=1" })).toBe("7");
    expect(await lengthAsked({})).toBeUndefined();
    expect(await lengthAsked({ method: "GET", body: "price=1" })).toBe("7");
  });

  test("HEAD stays HEAD on its way to the application", async () => {
    expect((await sandbox.request(`${site}/cached?head`, { method: "HEAD" })).status).toBe(200);
    const seen = await Promise.all(
      Object.values(addresses).map((address) => sandbox.request(`http://${address}:8000/seen`)),
    );
    const lines = seen.flatMap(({ body }) => JSON.parse(body) as string[]);
    expect(lines.filter((line) => line.includes("/cached?head"))).toEqual(["HEAD /cached?head"]);
  });

  test("a conditional request reaches the application as it is", async () => {
    const answer = await sandbox.request(`${site}/dynamic`, {
      headers: { "if-none-match": '"1"', range: "bytes=0-1" },
    });
    expect(JSON.parse(answer.body).headers).toMatchObject({ "if-none-match": '"1"', range: "bytes=0-1" });
  });

  test("hands an upgraded connection through", async () => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
    };
    const answer = await sandbox.request(`${site}/upgrade`, { headers });
    expect(answer).toMatchObject({ status: 101, body: "hello" });
    expect(answer.headers.upgrade).toBe("websocket");
  });

  test("repeats a read that broke off on another app node", async () => {
    for (let count = 0; count < 4; count++) {
      expect((await sandbox.request(`${site}/break-on-a`)).headers["x-app-node"]).toBe("b");
    }
  });

  test("fails a write that broke off rather than send it twice", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) {
      statuses.push((await sandbox.request(`${site}/break-on-b?write=${count}`, { body: "x" })).status);
    }
    expect(statuses.sort()).toEqual([200, 200, 502, 502]);
    const seen = await Promise.all(
      Object.values(addresses).map(async (address) =>
        JSON.parse((await sandbox.request(`http://${address}:8000/seen`)).body),
      ),
    );
    const writes: string[] = seen.flat().filter((line: string) => line.startsWith("POST /break-on-b"));
    expect(writes.sort()).toEqual([0, 1, 2, 3].map((count) => `POST /break-on-b?write=${count}`));
  });

  test("fails requests for hidden files", async () => {
    for (const path of ["/.git/config", "/.env", "/a/.hidden"]) {
      expect((await sandbox.request(`${site}${path}`)).status).toBe(404);
    }
    expect((await sandbox.request(`${site}/.well-known/acme`)).headers["x-app-node"]).toMatch(/^[ab]$/);
  });

  test("fails a request that is too large before the application sees it", async () => {
    const body = `@/srv/large`;
    await writeFile(sandbox.path("/srv/large"), Buffer.alloc(101 << 20));
    const answer = await sandbox.request(`${site}/upload`, { body, headers: { expect: "" } });
    expect(answer.status).toBe(413);
    expect(answer.headers["x-app-node"]).toBeUndefined();
  });

  test("answers the load balancers' check, and says so while it drains", async () => {
    expect(await sandbox.request(`${site}/healthz`)).toMatchObject({ status: 200, body: "ok\n" });
    await writeFile(sandbox.path("/run/draining"), "");
    expect(await sandbox.request(`${site}/healthz`)).toMatchObject({ status: 503, body: "draining\n" });
    expect((await sandbox.request(`${site}/page.html`)).status).toBe(200);
    await rm(sandbox.path("/run/draining"));
    expect((await sandbox.request(`${site}/healthz`)).status).toBe(200);
  });

  test("logs a request as one line of JSON", async () => {
    await sandbox.request(`${site}/logged?q="quoted"`, { headers: { "x-forwarded-for": "192.0.2.9" } });
    const log = () => readFileSync(sandbox.path("/var/log/nginx/access.log"), "utf8");
    await waitUntil("the line is written", async () => log().includes("/logged"));
    const line = JSON.parse(
      log()
        .split("\n")
        .find((text) => text.includes("/logged")) ?? "",
    );
    expect(line).toMatchObject({ method: "GET", visitor: "192.0.2.9", status: 200, app_status: "200" });
    expect(line.app_node).toMatch(/^[ab]$/);
    expect(log()).not.toContain("/healthz");
  });

  test("its workers run without privileges", async () => {
    const users = await sandbox.run(["sh", "-c", "ps -eo user,args | grep '[n]ginx: worker' | cut -d' ' -f1"]);
    expect(new Set(users.trim().split("\n"))).toEqual(new Set(["www-data"]));
  });

  test("when it stops, requests in flight are answered", async () => {
    const slow = sandbox.request(`${site}/slow`);
    await waitUntil("the request is in flight", async () => {
      const seen = await Promise.all(
        Object.values(addresses).map((address) => sandbox.request(`http://${address}:8000/seen`)),
      );
      return seen.some(({ body }) => body.includes("GET /slow"));
    });
    await nginx.signal("QUIT");
    expect((await slow).status).toBe(200);
    await nginx.ended;
    nginx = sandbox.spawn(["nginx", "-g", "daemon off;"]);
    await waitUntil("Nginx is back", async () => (await sandbox.request(`${site}/healthz`)).status === 200);
  });

  test("fails with a clear page when no app node, or not even HAProxy, is there", async () => {
    const expectPage = async (options = {}) => {
      const answer = await sandbox.request(`${site}/dynamic`, options);
      expect(answer.status).toBe(503);
      expect(answer.body).toContain("This page cannot be made right now");
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", "retry-after": "5", "x-web-node": "web-1" });
    };
    await Promise.all(apps.map((app) => app.stop()));
    await waitUntil("HAProxy knows", async () => (await sandbox.request(`${site}/dynamic`)).status === 503);
    await expectPage();
    await expectPage({ body: "a=b" });
    await haproxy.stop();
    await expectPage();
    await expectPage({ body: "a=b" });
    expect((await sandbox.request(`${site}/page.html`)).status).toBe(200);
    expect((await sandbox.request(`${site}/healthz`)).status).toBe(200);
  });
});
