import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadBalancerFiles } from "../../../cloud-init/load-balancer/user-data";
import { exampleLoadBalancer } from "../example-hosts";
import { askHaproxy, serverStatistics } from "../haproxy-socket";
import { describeWithImage } from "../host-image";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";
import { edgeCertificate, siteHost } from "./edge-options";

const configuration = ["-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"];
const readinessToken = ["--header", `X-Readiness-Token: ${exampleLoadBalancer.readinessToken}`];
const webList = "/etc/haproxy/discovered/web.cfg";
/** What systemd does for a reload: a new worker takes over, and the old one ends when nothing goes through it any more. */
const systemctl = `#!/bin/sh
[ "$*" = "try-reload-or-restart haproxy.service" ] || exit 1
[ -e /run/haproxy.pid ] || exit 0
echo reload >>/srv/reloads
exec kill -USR2 "$(cat /run/haproxy.pid)"
`;

describeWithImage("the servers of a load balancer's HAProxy that runs", () => {
  let sandbox: ImageSandbox;
  let haproxy: SandboxProcess;
  let discovery: SandboxProcess;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("load-balancer-1");
    const files = loadBalancerFiles(exampleLoadBalancer);
    const programs = ["stub-web-node.py", "visit-for-long.py"].map((name) => ({
      path: `/srv/${name}`,
      content: readFileSync(join(__dirname, name), "utf8"),
    }));
    await sandbox.write([
      ...files,
      ...programs,
      { path: "/usr/local/bin/systemctl", content: systemctl, permissions: "0755" },
      { path: "/srv/status/ready", content: "ready" },
    ]);
    const role = JSON.parse(readFileSync(sandbox.path("/etc/infrastructure/discovery.json"), "utf8"));
    // The overlay has tests of its own, and needs another load balancer.
    await writeFile(sandbox.path("/etc/infrastructure/discovery.json"), JSON.stringify({ backends: role.backends }));
    await sandbox.run(["mkdir", "-p", "/run/infrastructure", "/var/lib/infrastructure", "/srv/api/v2"]);
    await writeFile(sandbox.path("/run/infrastructure/health.map"), "health ok\n");
    for (const id of ["21", "22", "23", "24"]) {
      await sandbox.run(["ip", "address", "add", `10.10.0.${id}/32`, "dev", "lo"]);
      await writeFile(sandbox.path(`/srv/agent-${id}`), "up ready\n");
      const status = ["--bind", `10.10.0.${id}`, "--directory", "/srv/status", "8500"];
      sandbox.spawn(["python3", "-m", "http.server", ...status]);
    }
    for (const id of ["21", "22", "23"]) boot(id);
    // Answers every tag with the same file, whatever else it is asked.
    sandbox.spawn(["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/srv/api", "8000"]);
    await say("21", "22");
    discovery = startDiscovery();
    await waitUntil("the first lists", async () => serverOf("22") !== undefined);
    haproxy = startHaproxy();
    await reads("21", "22");
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  const boot = (id: string) =>
    sandbox.spawn(["python3", "/srv/stub-web-node.py", id, `10.10.0.${id}`, `/srv/agent-${id}`]);
  const startHaproxy = () => sandbox.spawn(["haproxy", "-W", "-db", "-p", "/run/haproxy.pid", ...configuration]);
  const startDiscovery = () =>
    sandbox.spawn(["sh", "-c", "exec discover-nodes 2>>/srv/discovery.log"], {
      API_URL: "http://127.0.0.1:8000",
      DISCOVERY_INTERVAL_SECONDS: "0.1",
      PRIVATE_ADDRESS: "10.10.0.5",
      LOAD_BALANCER_TAG: "lb",
      WEB_TAG: "web",
      APP_TAG: "app",
    });
  const answer = (text: string) => writeFile(sandbox.path("/srv/api/v2/droplets"), text);
  /** What the API says: these droplets are there. */
  const say = (...ids: string[]) =>
    answer(
      JSON.stringify({
        meta: { total: ids.length },
        droplets: ids.map((id) => ({
          id: Number(id),
          status: "active",
          tags: ["lb", "web", "app"],
          networks: { v4: [{ ip_address: `10.10.0.${id}`, type: "private" }] },
        })),
      }),
    );
  const read = (path: string) => (sandbox.has(path) ? readFileSync(sandbox.path(path), "utf8") : "");
  const serverOf = (id: string) => new RegExp(`^ +server (\\S+) .*# droplet ${id}$`, "m").exec(read(webList))?.[1];
  const reloads = () => read("/srv/reloads").split("\n").length - 1;
  const worker = () => sandbox.run(["pgrep", "--oldest", "--parent", read("/run/haproxy.pid").trim()]);
  const curl = (...options: string[]) =>
    sandbox.run(["curl", "-sk", "--max-time", "5", ...edgeCertificate, ...siteHost, ...options]);
  const readiness = (id: string) =>
    curl(
      ...["-o", "/dev/null", "-w", "%{http_code}", ...readinessToken],
      `https://127.0.0.1/.well-known/infrastructure/nodes/${id}`,
    );

  /** Reads and writes, each on a connection of its own, go to these nodes and to no others. */
  async function reads(...expected: string[]): Promise<void> {
    await waitUntil(`reads and writes go to ${expected.join(" and ")}`, async () => {
      const found = [[], ["--data", "x"]].map(async (options) => {
        const answers: string[] = [];
        for (let turn = 0; turn < 6; turn++)
          answers.push(JSON.parse(await curl("--fail", ...options, "https://127.0.0.1/")).node);
        return [...new Set(answers)].sort().join();
      });
      return (await Promise.all(found)).every((nodes) => nodes === expected.join());
    });
  }

  test("come and go without a reload, and nothing that is under way is cut, not even on a node that went", async () => {
    const before = await worker();
    const visit = sandbox.run(["python3", "/srv/visit-for-long.py", "15", "/srv/connected"]);
    expect(await Promise.race([visit, waitUntil("all have begun", async () => sandbox.has("/srv/connected"))])).toBe(
      undefined,
    );
    for (const nodes of [["21", "22", "23"], ["23"], ["22", "23"], ["21"], ["21", "22"]]) {
      await say(...nodes);
      await reads(...nodes);
    }
    expect(JSON.parse(await visit)).toEqual({ websocket: "well", download: "well", report: "well" });
    expect(await worker()).toBe(before);
    expect(reloads()).toBe(0);
  });

  test("are asked for their readiness by id, as soon as they are known and as long as they are", async () => {
    expect(await readiness("23")).toBe("503");
    await say("21", "22", "23");
    await waitUntil("the new node", async () => (await readiness("23")) === "200");
    await say("21", "22");
    await waitUntil("it is gone", async () => (await readiness("23")) === "503");
    expect(await readiness("22")).toBe("200");
    expect(reloads()).toBe(0);
  });

  test("get no request before their checks pass", async () => {
    await say("21", "22", "24");
    await waitUntil("the list", async () => serverOf("24") !== undefined);
    await waitUntil("HAProxy knows it", async () => (await readiness("24")) === "200");
    const stat = async (column: string) => {
      const rows = await serverStatistics(sandbox);
      return rows.find(({ pxname, svname }) => pxname === "web" && svname === serverOf("24"))?.[column];
    };
    const before = await stat("stot");
    for (let turn = 0; turn < 10; turn++) await curl("--fail", "https://127.0.0.1/");
    expect([await stat("status"), await stat("stot")]).toEqual([expect.stringMatching(/^DOWN/), before]);
    boot("24");
    await reads("21", "22", "24");
    await say("21", "22");
    await reads("21", "22");
  });

  /** Backend, name and address of the servers that are not in maintenance, as free slots are. */
  const inUse = async () =>
    (await askHaproxy(sandbox, "show servers state"))
      .split("\n")
      .slice(2)
      .map((row) => row.split(" "))
      .filter((row) => row.length > 6 && (Number(row[6]) & 1) === 0)
      .map((row) => [row[1], row[3], row[4]].join(" "))
      .sort();

  test("are the same after a crash, also when nobody can be asked", async () => {
    await say("22", "23");
    await reads("22", "23");
    await discovery.stop();
    const before = await inUse();
    expect(before).toHaveLength(8);
    await haproxy.signal("KILL");
    await haproxy.ended;
    haproxy = startHaproxy();
    await reads("22", "23");
    expect(await inUse()).toEqual(before);
    discovery = startDiscovery();
    await say("21", "22");
    await reads("21", "22");
    expect(reloads()).toBe(0);
  });

  test("stay when the API answers nonsense, or nothing", async () => {
    for (const text of [
      "{",
      '{"meta": {"total": 0}, "droplets": []}',
      '{"meta": {"total": 1}, "droplets": [{"id": "x"}]}',
    ]) {
      await answer(text);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await reads("21", "22");
    }
    await say("21", "22");
    expect(reloads()).toBe(0);
  });

  test("are changed by a reload, which the log tells, when HAProxy's socket is gone", async () => {
    await rm(sandbox.path("/run/haproxy/admin.sock"));
    await say("21", "23");
    await reads("21", "23");
    expect(reloads()).toBe(1);
    expect(read("/srv/discovery.log")).toMatch(/admin\.sock: .*No such file.*: reloading HAProxy\n/);
    await haproxy.signal("KILL");
    await haproxy.ended;
    haproxy = startHaproxy();
    await waitUntil("it has a socket again", async () => (await askHaproxy(sandbox, "show version")) !== "");
    await say("22", "23");
    await reads("22", "23");
    expect(reloads()).toBe(1);
  });

  test("are changed by a reload when there are more than slots, once", async () => {
    await discovery.stop();
    const path = sandbox.path("/etc/infrastructure/discovery.json");
    await writeFile(path, readFileSync(path, "utf8").replaceAll('"slots":128', '"slots":2'));
    const before = reloads();
    discovery = startDiscovery();
    await say("22", "23");
    await reads("22", "23");
    await rm(sandbox.path(webList));
    for (const name of ["web-writes", "web-assets"]) await rm(sandbox.path(`/etc/haproxy/discovered/${name}.cfg`));
    await discovery.stop();
    discovery = startDiscovery();
    await waitUntil("a reload to two slots", async () => reloads() === before + 1);
    await say("21", "22", "23");
    await reads("21", "22", "23");
    expect(reloads()).toBe(before + 2);
    await say("21", "23");
    await reads("21", "23");
    await say("21", "22", "23");
    await reads("21", "22", "23");
    expect(reloads()).toBe(before + 2);
    expect(read("/srv/discovery.log")).toMatch(/web: has no slot3: reloading HAProxy\n/);
  });
});
