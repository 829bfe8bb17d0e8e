import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadBalancerFiles } from "../../../cloud-init/load-balancer/user-data";
import { maintenanceTags } from "../../../modules/maintenance";
import { exampleLoadBalancer } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";
import { edgeCertificate, siteHost } from "./edge-options";

const WEB = "10.10.0.21";
const BALANCER = 7;
const MAP = "/etc/haproxy/maintenance.map";
const TOKEN = `X-Readiness-Token: ${exampleLoadBalancer.readinessToken}`;
const STRANGER = "198.51.100.7";
const ALLOWED = ["203.0.113.9", "2001:db8:1::7"];
const allow = ["203.0.113.0/24", "2001:db8::/32"];

describeWithImage("maintenance, on a load balancer's HAProxy that runs", () => {
  let sandbox: ImageSandbox;
  let haproxy: SandboxProcess;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("load-balancer-1");
    await sandbox.write([
      ...loadBalancerFiles(exampleLoadBalancer),
      { path: "/srv/stub.py", content: readFileSync(join(__dirname, "stub-web-node.py"), "utf8") },
      { path: "/srv/agent", content: "up ready\n" },
      { path: "/srv/status/ready", content: "ready" },
    ]);
    const path = sandbox.path("/etc/infrastructure/discovery.json");
    // The overlay has tests of its own, and needs another load balancer.
    await writeFile(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), overlay: undefined }));
    await sandbox.run(["mkdir", "-p", "/run/infrastructure", "/var/lib/infrastructure", "/srv/api/v2"]);
    await writeFile(sandbox.path("/run/infrastructure/health.map"), "health ok\n");
    await sandbox.run(["ip", "address", "add", `${WEB}/32`, "dev", "lo"]);
    sandbox.spawn(["python3", "/srv/stub.py", "21", WEB, "/srv/agent"]);
    sandbox.spawn(["python3", "-m", "http.server", "--bind", WEB, "--directory", "/srv/status", "8500"]);
    sandbox.spawn(["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/srv/api", "8000"]);
    await say([]);
    sandbox.spawn(["sh", "-c", "exec discover-nodes 2>>/srv/discovery.log"], {
      API_URL: "http://127.0.0.1:8000",
      DISCOVERY_INTERVAL_SECONDS: "0.1",
      DROPLET_ID: String(BALANCER),
      PRIVATE_ADDRESS: "10.10.0.5",
      LOAD_BALANCER_TAG: "lb",
      WEB_TAG: "web",
      APP_TAG: "app",
    });
    await waitUntil("the lists", async () =>
      readFileSync(sandbox.path("/etc/haproxy/discovered/web.cfg"), "utf8").includes("droplet 21"),
    );
    haproxy = startHaproxy();
    await waitUntil("the site", async () => (await statusFor(STRANGER)) === 200);
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  const startHaproxy = () =>
    sandbox.spawn(["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"]);
  /** What the API says of this load balancer's tags, and of those of another one. */
  const say = (tags: string[], others: string[] = []) => {
    const droplet = (id: number, address: string, of: string[]) => ({
      ...{ id, status: "active", tags: of },
      networks: { v4: [{ ip_address: address, type: "private" }] },
    });
    const droplets = [droplet(BALANCER, "10.10.0.5", ["lb", ...tags]), droplet(21, WEB, ["web", ...others])];
    const answer = { meta: { total: droplets.length }, droplets };
    return writeFile(sandbox.path("/srv/api/v2/droplets"), JSON.stringify(answer));
  };
  const ask = (visitor: string, path = "/", ...more: string[]) =>
    sandbox.run([
      ...["curl", "-sk", "--max-time", "5", ...edgeCertificate, ...siteHost],
      ...["--header", `CF-Connecting-IP: ${visitor}`, ...more],
      `https://127.0.0.1${path}`,
    ]);
  const statusFor = async (visitor: string, path = "/", ...more: string[]) =>
    Number(await ask(visitor, path, "--output", "/dev/null", "--write-out", "%{http_code}", ...more));
  const statuses = (...visitors: string[]) => Promise.all(visitors.map((visitor) => statusFor(visitor)));

  test("is one page for everyone but those who are let in, by what Cloudflare says of the visitor, and ends again", async () => {
    await say(maintenanceTags({ allow }));
    await waitUntil("the page", async () => (await statusFor(STRANGER)) === 503);
    const page = await ask(STRANGER, "/any", "--include");
    expect(page).toMatch(/retry-after: 300\r\n/i);
    expect(page).toMatch(/cache-control: no-store\r\n/i);
    expect(page).toMatch(/content-type: text\/html/i);
    expect(page).toContain("We are working on this site");
    expect(page).toContain("#d9822b");
    expect(await statuses(...ALLOWED, "2001:db9::1", "203.0.114.1")).toEqual([200, 200, 503, 503]);
    // Without Cloudflare's word it is the address that asks; what a visitor claims counts for nothing.
    expect(await statusFor(STRANGER, "/", "--header", `X-Forwarded-For: ${ALLOWED[0]}`)).toBe(503);

    await say(maintenanceTags({}));
    await waitUntil("nobody is let in", async () => (await statusFor(ALLOWED[0]!)) === 503);
    await say(maintenanceTags(false));
    await waitUntil("the site", async () => (await statusFor(STRANGER)) === 200);
    // Of another node; and what is no network.
    await say(["maintenance:rubbish"], ["maintenance"]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await statuses(STRANGER, ...ALLOWED)).toEqual([200, 200, 200]);
  });

  test("answers no health check and no readiness gate in the place of those who are asked", async () => {
    await say(maintenanceTags({}));
    await waitUntil("the page", async () => (await statusFor(STRANGER)) === 503);
    expect(await ask(STRANGER, "/.well-known/infrastructure/health")).toMatch(/^ok /);
    expect(await statusFor(STRANGER, "/.well-known/infrastructure/nodes/21", "--header", TOKEN)).toBe(200);
    expect(await statusFor(STRANGER, "/.well-known/infrastructure/nodes/21")).toBe(404);
    expect(await sandbox.run(["curl", "-s", "http://127.0.0.1:8404/health"])).toMatch(/^ok /);
  });

  test("outlives HAProxy, and is there from its first request on", async () => {
    await say(maintenanceTags({ allow }));
    await waitUntil("the map", async () => readFileSync(sandbox.path(MAP), "utf8").includes(allow[0]!));
    await haproxy.signal("KILL");
    await haproxy.ended;
    // The API that says it is not needed for that.
    await writeFile(sandbox.path("/srv/api/v2/droplets"), "nothing");
    haproxy = startHaproxy();
    let first = 0;
    await waitUntil("an answer", async () => (first = await statusFor(STRANGER).catch(() => 0)) > 0);
    expect(first).toBe(503);
    expect(await statusFor("203.0.113.9")).toBe(200);
  });
});
