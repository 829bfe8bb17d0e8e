import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadBalancerFiles } from "../../../cloud-init/load-balancer/user-data";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleLoadBalancer } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";
import { edgeCertificate, siteHost } from "./edge-options";

/** Droplets by id, at addresses of the sandbox. */
const webNodes = { 21: "10.10.0.21", 22: "10.10.0.22" };

const otherHostnames = [
  { hostname: "example.com", redirects: true },
  { hostname: "*.example.com", redirects: true },
  { hostname: "shop.example.com" },
];

interface Reply {
  readonly node: string;
  /** From which the load balancer asked. */
  readonly port: number;
  /** That the web node got, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

describeWithImage("a load balancer", () => {
  let sandbox: ImageSandbox;
  let haproxy: SandboxProcess;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("load-balancer-1");
    const stub = { path: "/srv/stub-web-node.py", content: readFileSync(join(__dirname, "stub-web-node.py"), "utf8") };
    await sandbox.write([...loadBalancerFiles({ ...exampleLoadBalancer, otherHostnames }), stub]);
    await sandbox.run(["mkdir", "-p", "/run/infrastructure"]);
    await writeFile(sandbox.path("/run/infrastructure/health.map"), "health ok\n");
    await writeDiscoveredNodes(sandbox, { WEB_TAG: webNodes });
    for (const [id, address] of Object.entries(webNodes)) {
      await sandbox.run(["ip", "address", "add", `${address}/32`, "dev", "lo"]);
      await say(id, "up ready");
      sandbox.spawn(["python3", "/srv/stub-web-node.py", id, address, `/srv/agent-${id}`]);
    }
    haproxy = sandbox.spawn(["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"]);
    await everyNode(["21", "22"]);
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  /** What the node's agent tells the load balancers. */
  const say = (id: string, word: string) => writeFile(sandbox.path(`/srv/agent-${id}`), `${word}\n`);

  /** One after the other, each on a connection of its own, as the edge shows its certificate. */
  async function ask(count: number, ...options: string[]): Promise<Reply[]> {
    const tls = ["--insecure", ...edgeCertificate];
    const script = 'count=$1; shift; for turn in $(seq "$count"); do curl "$@"; echo; done';
    const limits = ["--silent", "--show-error", "--fail", "--max-time", "20"];
    const curl = [...limits, ...tls, ...siteHost, ...options, "https://127.0.0.1/"];
    const output = await sandbox.run(["sh", "-euc", script, "sh", String(count), ...curl]);
    return output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Reply);
  }
  const read = (count: number) => ask(count);
  const write = (count: number) => ask(count, "--data", "x");
  const nodesOf = (replies: readonly Reply[]) => [...new Set(replies.map(({ node }) => node))].sort();

  async function everyNode(expected: readonly string[]): Promise<void> {
    await waitUntil(`reads and writes go to ${expected.join(" and ")}`, async () => {
      const found = [nodesOf(await read(4)), nodesOf(await write(4))];
      return found.every((nodes) => nodes.join() === expected.join());
    });
  }

  /** Status of an answer, or curl's exit code where there is none. */
  const visit = (path: string, ...options: string[]) =>
    sandbox
      .run([
        ...["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-m", "5"],
        ...[...siteHost, ...options],
        `https://127.0.0.1${path}`,
      ])
      .catch((error: Error) => error.message);

  test("speaks to nobody without the zone's client certificate", async () => {
    expect(await visit("/")).toMatch(/000$/);
    await sandbox.run([
      ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-subj", "/CN=another authority", "-keyout", "/srv/other.key", "-out", "/srv/other.pem"],
    ]);
    expect(await visit("/", "--cert", "/srv/other.pem", "--key", "/srv/other.key")).toMatch(/000$/);
    expect(await visit("/", ...edgeCertificate)).toBe("200");
  });

  test("tells web nodes who visits and through which load balancer, whatever the visitor claims", async () => {
    const forged = [
      "X-Forwarded-For: 192.0.2.66",
      "X-Forwarded-Proto: http",
      "X-Load-Balancer: another",
      "X-Request-Id: 12345678",
    ];
    const claims = forged.flatMap((header) => ["--header", header]);
    const [named] = await ask(1, ...claims, "--header", "CF-Connecting-IP: 192.0.2.77");
    expect(named!.headers).toMatchObject({
      "x-forwarded-for": "192.0.2.77",
      "x-forwarded-proto": "https",
      "x-load-balancer": "load-balancer-1",
    });
    expect(named!.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    const [unnamed] = await ask(1, ...claims);
    expect(unnamed!.headers["x-forwarded-for"]).toBe("127.0.0.1");
  });

  describe("sends visitors of other names on", () => {
    /** Status and where to, for a name. */
    const redirect = async (host: string, ...options: string[]) =>
      (
        await sandbox.run([
          ...["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-m", "5", ...edgeCertificate],
          ...["--header", `Host: ${host}`, ...options, "https://127.0.0.1/a%2Fb/?q=%20&x=https://example.net"],
        ])
      ).trim();
    const target = "https://www.example.com/a%2Fb/?q=%20&x=https://example.net";

    test.each(["example.com", "EXAMPLE.com", "example.com:443", "old.example.com"])("from %s", async (host) => {
      expect(await redirect(host)).toBe(`301 ${target}`);
      expect(await redirect(host, "--data", "x")).toBe(`308 ${target}`);
    });

    test.each([
      ["200", "www.example.com"],
      ["200", "WWW.example.com.:443"],
      ["200", "shop.example.com"],
      ["421", "notexample.com"],
      ["421", "wwwxexample.com"],
      ["421", "a.b.example.com"],
      ["421", "example.com.example.net"],
      ["421", "127.0.0.1"],
      ["421", ""],
    ])("and says %s to %j", async (status, host) => expect(await redirect(host)).toBe(status));
  });

  test("answers for a node's readiness only those who know the token", async () => {
    const path = "/.well-known/infrastructure/nodes/21";
    const token = (text: string) => ["--header", `X-Readiness-Token: ${text}`];
    expect(await visit(path, ...edgeCertificate)).toBe("404");
    expect(await visit(path, ...edgeCertificate, ...token("wrong"))).toBe("404");
    // It is passed on, and nothing listens there.
    expect(await visit(path, ...edgeCertificate, ...token(exampleLoadBalancer.readinessToken))).toBe("503");
  });

  test("sends reads over connections that it keeps, and every write over one of its own", async () => {
    expect(new Set((await read(8)).map(({ port }) => port)).size).toBeLessThanOrEqual(2);
    expect(new Set((await write(8)).map(({ port }) => port)).size).toBe(8);
  });

  test("sends reads and writes in turn to every web node", async () => {
    for (const replies of [await read(8), await write(8)])
      for (const id of ["21", "22"]) expect(replies.filter(({ node }) => node === id)).toHaveLength(4);
  });

  test("sends neither reads nor writes to a web node that drains", async () => {
    await say("21", "drain");
    await everyNode(["22"]);
    await say("21", "up ready");
    await everyNode(["21", "22"]);
  });

  test.each([
    ["writes", write],
    ["reads", read],
  ])("loses no %s when a web node dies without a word", async (_, ask) => {
    await everyNode(["21", "22"]);
    // What lies on kept connections is lost as well, and nothing says so.
    const dead = "table inet dead { chain in { type filter hook input priority 0; ip daddr 10.10.0.21 drop; }; }";
    await sandbox.run(["nft", dead]);
    expect(nodesOf(await ask(20))).toEqual(["22"]);
    await everyNode(["22"]);
    await sandbox.run(["nft", "delete table inet dead"]);
    await everyNode(["21", "22"]);
  });

  test("may be MASTER only while HAProxy answers, and not while it drains", async () => {
    const mayBeMaster = () =>
      sandbox.run(["/usr/local/lib/infrastructure/check-load-balancer"]).then(
        () => true,
        () => false,
      );
    await waitUntil("it may be", mayBeMaster);
    await writeFile(sandbox.path("/run/draining"), "");
    expect(await mayBeMaster()).toBe(false);
    await rm(sandbox.path("/run/draining"));
    await haproxy.signal("STOP");
    expect(await mayBeMaster()).toBe(false);
    await haproxy.signal("CONT");
    await waitUntil("HAProxy goes on", mayBeMaster);
    await haproxy.signal("KILL");
    await haproxy.ended;
    expect(await mayBeMaster()).toBe(false);
  });
});
