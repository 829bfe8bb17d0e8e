import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tsxCommand } from "../../../programs/tsx-command";
import { examplePem } from "../example-pem";
import { describeWithImage } from "../host-image";
import { type Change, SiteChain, without } from "./site-chain";
import type { Case, Site } from "./strangers";

const run = promisify(execFile);
const ROUNDS = 6;
/** Ten thousand requests, on a machine that is busy with other things. */
jest.setTimeout(600_000);

interface Report {
  readonly name: string;
  readonly tries: number;
  readonly asked: number;
  readonly wrong: readonly string[];
}

const upgrade = { Connection: "Upgrade", Upgrade: "websocket" };
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"];
const FRAMINGS: Readonly<Record<string, Omit<Case, "name" | "method" | "path">>> = {
  "Content-Length": { protocol: "h1", framing: "content-length" },
  chunked: { protocol: "h1", framing: "chunked" },
  "Content-Length and chunked": { protocol: "h1", framing: "both" },
  Expect: { protocol: "h1", framing: "content-length", headers: { Expect: "100-continue" }, waits: true },
  "a large body": { protocol: "h1", framing: "content-length", body: "large" },
  "a body cut off": { protocol: "h1", framing: "content-length", body: "large", cutOffAfter: 1000 },
  "HTTP/2 with a length": { protocol: "h2", framing: "content-length" },
  "HTTP/2 without a length": { protocol: "h2", framing: "chunked" },
  "HTTP/2 and a body cut off": { protocol: "h2", framing: "content-length", body: "large", cutOffAfter: 1000 },
};
const bodies = METHODS.flatMap((method) =>
  Object.entries(FRAMINGS).map(([name, framing]): Case => ({
    name: `${method}, ${name}`,
    method,
    path: "/a",
    ...framing,
  })),
);
/** Answered by the load balancer or by Nginx, which do not need the body. */
const early = [
  "/.well-known/infrastructure/health",
  "/.well-known/infrastructure/nodes/1",
  "/healthz",
  "/.hidden",
].flatMap((path) =>
  ["GET", "POST"].map((method): Case => ({
    name: `${method} ${path}`,
    method,
    path,
    protocol: "h1",
    framing: "content-length",
  })),
);
const get = { protocol: "h1", method: "GET", framing: "none", body: "nothing" } as const;
const upgrades = ["/refuse-upgrade", "/accept-upgrade"].flatMap((path): Case[] => [
  { ...get, name: `${path}, bytes after it`, path, headers: upgrade, body: undefined },
  { ...get, name: `${path}, with a body`, path, headers: upgrade, body: undefined, framing: "content-length" },
  { ...get, name: `${path}, to HTTP/2`, path, headers: { Connection: "Upgrade", Upgrade: "h2c" }, body: undefined },
]);
const answers: Case[] = [
  {
    ...get,
    name: "a body after HEAD",
    method: "HEAD",
    path: "/head-with-body",
    headers: { Authorization: "Basic b3Blbg==" },
  },
  { ...get, name: "a body after 204", path: "/status-204-with-body" },
  { ...get, name: "a body after 304", path: "/status-304-with-body" },
  { ...get, name: "101 that nobody asked for", path: "/status-101-with-body" },
  { ...get, name: "interim answers", path: "/informational" },
  {
    ...get,
    name: "an answer before the end of the body, and one more",
    method: "POST",
    path: "/answer-twice",
    framing: "content-length",
    body: "large",
  },
];

const withoutLoadBalancer = without("load-balancer:/etc/haproxy/haproxy.cfg", / or with_body$/gm);
const withoutNginx = without(
  "web:/etc/nginx/nginx.conf",
  /"~\^\(GET\|OPTIONS\):0\?::\$" "";/,
  '"~^(GET|HEAD|OPTIONS):.*:$" "";',
);
const withoutHaproxy = without(
  "web:/etc/haproxy/haproxy.cfg",
  /^ +http-(request|after-response) set-header Connection .*\n/gm,
);
const withoutDiscovery = without("web:/etc/infrastructure/discovery.json", /,\s+"tcp-response content[^"]*"/g);

const all =
  (...changes: readonly Change[]): Change =>
  (file, text) =>
    changes.reduce((changed, change) => change(file, changed), text);

/** The cases through the edge and at the load balancer, at the same time. */
async function meet(chain: SiteChain, cases: readonly Case[], rounds: number): Promise<Report[]> {
  const at = async (place: Site["at"]): Promise<Report[]> => {
    const client = { cert: examplePem.certificate, key: examplePem.privateKey };
    const site: Site = { hostname: "www.example.com", at: place, client };
    const command = tsxCommand(join(__dirname, "strangers.ts"));
    const argv = [...command, JSON.stringify(site), JSON.stringify(cases), String(rounds)];
    const { stdout } = await run("nsenter", [`--net=${chain.networkNamespace}`, ...argv], { maxBuffer: 1 << 24 });
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Report);
  };
  return (await Promise.all([at({ path: chain.edgeSocket }), at(chain.origin)])).flat();
}

async function withChain<T>(change: Change | undefined, use: (chain: SiteChain) => Promise<T>): Promise<T> {
  await using chain = await SiteChain.start(join(__dirname, "careless-app.py"), { change });
  return await use(chain);
}

const harmed = (reports: readonly Report[]) => reports.filter(({ wrong }) => wrong.length > 0);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describeWithImage("an application that does not read what it is sent", () => {
  test("no visitor's bytes become part of another one's request or answer", async () => {
    await withChain(undefined, async (chain) => {
      const cases = [...bodies, ...early, ...upgrades, ...answers];
      const reports = await meet(chain, cases, ROUNDS);
      expect(harmed(reports)).toEqual([]);
      expect(reports).toHaveLength(2 * cases.length);
      expect(sum(reports.map(({ tries }) => tries))).toBeGreaterThanOrEqual(1000);
      expect(sum(reports.map(({ asked }) => asked))).toBeGreaterThanOrEqual(10_000);
      // Nor does it take a body for a request of the same visitor: that one would carry what only we may say.
      expect((await chain.web.request("http://10.10.0.5:8000/seen")).body).toBe("[]");
    });
  });

  test.each([
    ["Nginx", withoutNginx],
    ["the web node's HAProxy", withoutHaproxy],
  ])("one rule is enough: bodies harm nobody without that of %s", async (_, change) => {
    const reports = await withChain(change, (chain) => meet(chain, bodies, 1));
    expect(harmed(reports)).toEqual([]);
  });

  test("without the rules others are harmed, and this test sees it", async () => {
    const change = all(withoutLoadBalancer, withoutNginx, withoutHaproxy);
    const reports = await withChain(change, (chain) => meet(chain, [...bodies.slice(0, 2), ...answers], ROUNDS));
    const harm = (name: string) => reports.filter((report) => report.name === name).flatMap(({ wrong }) => wrong);
    expect(harm("GET, Content-Length").join()).toContain("x-swallow");
    for (const name of ["a body after HEAD", "a body after 204", "a body after 304"])
      expect([name, harm(name)]).not.toEqual([name, []]);
  });

  test("an interim answer of the application is an error at once, where Nginx would wait for its end", async () => {
    await withChain(undefined, async (chain) => {
      const started = Date.now();
      expect(await chain.ask("/informational")).toBe(503);
      expect(Date.now() - started).toBeLessThan(5000);
    });
    // `ask` gives up after 5 s.
    await expect(withChain(withoutDiscovery, (chain) => chain.ask("/informational"))).rejects.toThrow(/--max-time/);
  });
});
