import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithImage } from "../host-image";
import { waitUntil } from "../image-sandbox";
import { drainingFile } from "../app-node";
import { kept, SiteChain } from "./site-chain";
import { PlainWebsocket, visit, type Visit } from "./visitor";

const program = join(__dirname, "http-app.py");
/** The app tier has the chain's own addresses. */
const tiers = { api: ["10.10.0.41", "10.10.0.42"], admin: ["10.10.0.51"] };
const tierOf = (address: string) =>
  Object.entries(tiers).find(([, addresses]) => addresses.includes(address))?.[0] ?? "app";
/** Files of the site's own application, one with the path of another application. */
const FILES = { "index.html": "home\n", "favicon.svg": "<svg/>\n", "api/page.html": "a file\n", "api/index.html": "" };

describeWithImage("several applications behind one site", () => {
  let chain: SiteChain;
  let content: string;

  beforeAll(async () => {
    content = mkdtempSync(join(tmpdir(), "routes-"));
    mkdirSync(join(content, "api"));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(content, name), text);
    const web = {
      stickySessions: true,
      staticContent: { kind: "directory", directory: content } as const,
      routes: [
        { path: "/api", tier: "api" },
        { path: "/api/legacy", tier: "app" },
        { hostname: "admin.example.com", tier: "admin" },
        { hostname: "admin.example.com", path: "/reports", tier: "reports" },
      ],
    };
    chain = await SiteChain.start(program, { tiers, web: [web], otherHostnames: ["admin.example.com"] });
    await waitUntil("every application answers", async () => {
      const answers = await Promise.all([ask("/api/x"), ask("/api/x"), ask("/x", "admin.example.com")]);
      return answers.every(({ status }) => status === 200);
    });
  });
  afterAll(async () => {
    await chain?.[Symbol.asyncDispose]();
    rmSync(content, { recursive: true });
  });

  async function ask(path: string, host = "www.example.com", visitor: Visit = {}) {
    const { status, headers, body } = await visit(chain, path, { ...visitor, headers: { host, ...visitor.headers } });
    const text = body.toString();
    const answer = text.startsWith("{") ? JSON.parse(text) : undefined;
    return { status, headers, text, answer, tier: answer === undefined ? undefined : tierOf(answer.node) };
  }
  const arrivals = () => readFileSync(chain.web.path("/srv/arrivals"), "utf8").trim().split("\n");

  test.each([
    // Whole segments, and the longest path.
    ["www.example.com", "/api", "api"],
    ["www.example.com", "/api/", "api"],
    ["www.example.com", "/api?x=/../admin", "api"],
    ["www.example.com", "/api/orders/1", "api"],
    ["www.example.com", "/api/legacy/1", "app"],
    ["www.example.com", "/apis", "app"],
    ["www.example.com", "/api;v=1", "app"],
    ["www.example.com", "/API", "app"],
    ["www.example.com", "/other/api", "app"],
    ["www.example.com", "/x?/api", "app"],
    // The path that is meant, however it is written.
    ["www.example.com", "/%61pi/x", "api"],
    ["www.example.com", "//api/x", "api"],
    ["www.example.com", "/other/..//api//x", "api"],
    ["www.example.com", "/./api/x", "api"],
    ["www.example.com", "/other/../api/x", "api"],
    ["www.example.com", "/other/%2e%2E/api/x", "api"],
    ["www.example.com", "/api/../other", "app"],
    ["www.example.com", "/api/x/../legacy", "app"],
    ["www.example.com", "/api%2Fx", "api"],
    ["www.example.com", "/api%0A", "app"],
    ["www.example.com", "/api%3Fx", "app"],
    ["www.example.com", "/%2561pi/x", "app"],
    // A name with routes has only these.
    ["admin.example.com", "/", "admin"],
    ["admin.example.com", "/api/x", "admin"],
    ["admin.example.com", "/favicon.svg", "admin"],
    ["ADMIN.example.com", "/x", "admin"],
  ])("%s%s is answered by %s, with the path as it came", async (host, path, tier) => {
    const { answer } = await ask(path, host);
    // Python's server makes one slash of those at the beginning.
    expect([tierOf(answer.node), answer.target]).toEqual([tier, path.replace(/^\/+/, "/")]);
  });

  test("files of the site are its own application's, and never answer in the place of another one", async () => {
    expect((await ask("/favicon.svg")).text).toBe("<svg/>\n");
    expect(await ask("/api/page.html")).toMatchObject({ status: 200, tier: "api" });
    // No redirect to the directory's name with a slash.
    expect(await ask("/api")).toMatchObject({ status: 200, tier: "api" });
    expect((await ask("/", "admin.example.com")).tier).toBe("admin");
    await chain.web.write([{ path: "/var/www/earlier/api/app-0f1e2d3c.js", content: "earlier\n" }]);
    expect((await ask("/api/app-0f1e2d3c.js")).tier).toBe("api");
  });

  test("no visitor chooses a tier, and no application sees how it was chosen", async () => {
    for (const name of ["X-Tier", "x-tier", "X_Tier"]) {
      const { answer } = await ask("/x", undefined, { headers: { [name]: "admin" } });
      expect([tierOf(answer.node), Object.keys(answer.headers).filter((one) => /tier/.test(one))]).toEqual(["app", []]);
    }
    const { answer } = await ask("/x", "admin.example.com", { headers: { "x-forwarded-host": "www.example.com" } });
    expect([tierOf(answer.node), answer.headers["x-forwarded-host"]]).toEqual(["admin", "admin.example.com"]);
  });

  test("writes, websockets and event streams go to the same application", async () => {
    const post = await ask("/api/x", undefined, { method: "POST", body: Buffer.from("a=b") });
    expect([post.tier, post.answer.method]).toEqual(["api", "POST"]);
    const events = { headers: { accept: "text/event-stream" } };
    expect((await ask("/api/x", undefined, events)).tier).toBe("api");
    expect((await ask("/x", "admin.example.com", events)).tier).toBe("admin");
    const websocket = await PlainWebsocket.open(chain, "admin.example.com");
    expect(await websocket.echo("there")).toBe("there");
    websocket.close();
    expect(arrivals()).toContain(`${tiers.admin[0]} GET /websocket`);
  });

  test("a cached answer is that of one name and path", async () => {
    // With the cookie of a sticky session: an answer that sets one is not kept.
    const cached = async (host: string) => {
      const cookie = `${(await ask("/x", host)).headers["set-cookie"]}`.split(";")[0]!;
      const tier = (await ask("/cached/public", host, { headers: { cookie } })).tier;
      await kept(chain.web, `${host}/cached/public`);
      expect((await ask("/cached/public", host, { headers: { cookie } })).tier).toBe(tier);
    };
    await cached("www.example.com");
    await cached("admin.example.com");
    const nodes = arrivals().flatMap((line) => (line.endsWith("GET /cached/public") ? [line.split(" ")[0]!] : []));
    expect(nodes.map(tierOf)).toEqual(["app", "admin"]);
  });

  test("a visitor stays with a node of each application, by a cookie of its own", async () => {
    const cookies = async (path: string, headers: Record<string, string> = {}) => {
      const { answer, headers: got } = await ask(path, undefined, { headers });
      return { node: answer.node as string, set: (got["set-cookie"] as string[] | undefined)?.[0] ?? "" };
    };
    const [site, api] = [await cookies("/x"), await cookies("/api/x")];
    expect([site.set, api.set]).toEqual([expect.stringMatching(/^app-node=/), expect.stringMatching(/^api-node=/)]);
    const cookie = [site.set, api.set].map((one) => one.split(";")[0]).join("; ");
    for (let count = 0; count < 4; count++) {
      expect(await cookies("/api/x", { cookie })).toEqual({ node: api.node, set: "" });
      expect((await cookies("/x", { cookie })).set).toBe("");
    }
  });

  test("a tier without a node is a page, and the web node serves on", async () => {
    const page = await ask("/reports", "admin.example.com");
    expect([page.status, page.text, page.headers["retry-after"]]).toEqual([
      503,
      expect.stringContaining("This page cannot be made right now"),
      "5",
    ]);
    expect((await chain.web.request("http://10.10.0.5/healthz")).status).toBe(200);
  });

  test("a node that drains gets nothing new", async () => {
    const [draining, other] = tiers.api as [string, string];
    writeFileSync(chain.web.path(drainingFile(draining)), "");
    await waitUntil("strangers are sent to the other node", async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => ask("/api/x")));
      return answers.every(({ answer }) => answer.node === other);
    });
    rmSync(chain.web.path(drainingFile(draining)));
    await waitUntil("it is back", async () => (await ask("/api/x")).answer.node === draining);
  });

  test("an application that dies takes its own routes with it, and no others", async () => {
    let isDone = false;
    const others: string[] = [];
    const watch = (async () => {
      while (!isDone) {
        const answers = await Promise.all([ask("/x"), ask("/api/legacy/x"), ask("/x", "admin.example.com")]);
        others.push(...answers.map(({ status, tier }) => `${status} ${tier}`));
      }
    })();
    const [first, second] = tiers.api as [string, string];
    await chain.apps.get(first)!.stop();
    // A node that is lost is none: the other one answers.
    for (let count = 0; count < 6; count++) expect(await ask("/api/x")).toMatchObject({ status: 200, tier: "api" });
    await chain.apps.get(second)!.stop();
    await waitUntil("both are known to be down", async () => (await ask("/api/x")).status === 503);
    for (const path of ["/api", "/api/orders", "/%61pi/x"]) {
      const page = await ask(path);
      expect([path, page.status, page.text]).toEqual([path, 503, expect.stringContaining("cannot be made right now")]);
    }
    await waitUntil("the others were asked some times", async () => others.length > 10);
    isDone = true;
    await watch;
    expect([...new Set(others)].sort()).toEqual(["200 admin", "200 app"]);
  });
});
