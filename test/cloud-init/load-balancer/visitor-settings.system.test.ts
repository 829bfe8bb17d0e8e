import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadBalancerFiles, type LoadBalancerSettings } from "../../../cloud-init/load-balancer/user-data";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleLoadBalancer } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, waitUntil } from "../image-sandbox";
import { edgeCertificate, siteHost } from "./edge-options";

const WEB_NODE = "10.10.0.21";

async function start(settings: Partial<LoadBalancerSettings>): Promise<ImageSandbox> {
  const sandbox = await ImageSandbox.start("load-balancer-1");
  const stub = { path: "/srv/stub-web-node.py", content: readFileSync(join(__dirname, "stub-web-node.py"), "utf8") };
  await sandbox.write([...loadBalancerFiles({ ...exampleLoadBalancer, ...settings }), stub]);
  await sandbox.run(["mkdir", "-p", "/run/infrastructure"]);
  await writeFile(sandbox.path("/run/infrastructure/health.map"), "health ok\n");
  await writeFile(sandbox.path("/srv/agent"), "up ready\n");
  await writeDiscoveredNodes(sandbox, { WEB_TAG: { 21: WEB_NODE } });
  await sandbox.run(["ip", "address", "add", `${WEB_NODE}/32`, "dev", "lo"]);
  sandbox.spawn(["python3", "/srv/stub-web-node.py", "21", WEB_NODE, "/srv/agent"]);
  // What systemd gives to HAProxy.
  const haproxy =
    "set -a; . /etc/infrastructure/role.env; exec haproxy -db -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/discovered";
  sandbox.spawn(["sh", "-c", haproxy]);
  await waitUntil("the load balancer answers", async () => (await ask(sandbox, "192.0.2.1")).startsWith("200"));
  return sandbox;
}

/** Status and Strict-Transport-Security of as many answers, one after the other, in one line each. */
function ask(sandbox: ImageSandbox, visitor: string, path = "/", count = 1, ...options: string[]): Promise<string> {
  const asked = [...edgeCertificate, ...siteHost, "--header", `CF-Connecting-IP: ${visitor}`];
  const say = ["--write-out", "%{http_code} %header{strict-transport-security}\\n", "--output", "/dev/null"];
  const urls = Array.from({ length: count }, () => [...say, `https://127.0.0.1${path}`]).flat();
  return sandbox
    .run(["curl", "--silent", "--insecure", "--max-time", "20", ...asked, ...options, ...urls])
    .then((output) => output.trim());
}

const count = (answers: string, status: string) => answers.split("\n").filter((line) => line.startsWith(status)).length;

describeWithImage("a load balancer with settings for visitors", () => {
  let sandbox: ImageSandbox;
  beforeAll(async () => {
    sandbox = await start({
      strictTransportSecurity: { maximumAgeDays: 365, includeSubdomains: true },
      limitsPerAddress: { requestsPerSecond: 5, requestsAtATime: 3 },
    });
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  test("lets an address ask so often in ten seconds, and others none the less", async () => {
    const answers = await ask(sandbox, "192.0.2.7", "/", 80);
    expect([count(answers, "200"), count(answers, "429")]).toEqual([50, 30]);
    expect(await ask(sandbox, "192.0.2.8")).toMatch(/^200/);
    expect(await ask(sandbox, "192.0.2.7")).toMatch(/^429/);
  });

  test("takes the network of an IPv6 line for one address", async () => {
    await ask(sandbox, "2001:db8:0:1::1", "/", 51);
    expect(await ask(sandbox, "2001:db8:0:1:ffff::2")).toMatch(/^429/);
    expect(await ask(sandbox, "2001:db8:0:2::1")).toMatch(/^200/);
  });

  test("lets an address have so many requests at a time, and new ones when they have ended", async () => {
    const all = await ask(sandbox, "192.0.2.9", "/download?3", 5, "--parallel", "--parallel-immediate");
    expect([count(all, "200"), count(all, "429")]).toEqual([3, 2]);
    expect(await ask(sandbox, "192.0.2.9")).toMatch(/^200/);
  });

  test("tells browsers to use HTTPS only, also in its own answers", async () => {
    for (const path of ["/", "/.well-known/infrastructure/health"])
      expect(await ask(sandbox, "192.0.2.10", path)).toBe("200 max-age=31536000; includeSubDomains");
  });
});

describeWithImage("a load balancer without them", () => {
  test("limits nobody, and says nothing of HTTPS", async () => {
    await using sandbox = await start({});
    expect(count(await ask(sandbox, "192.0.2.7", "/", 200), "200")).toBe(200);
    expect(await ask(sandbox, "192.0.2.7")).toBe("200");
  });
});
