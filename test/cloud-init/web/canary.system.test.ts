import { readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { canaryFiles } from "../../../cloud-init/app/canary";
import { webFiles } from "../../../cloud-init/web/user-data";
import { startAppNode } from "../app-node";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleWeb } from "../example-hosts";
import { serverStatistics } from "../haproxy-socket";
import { describeWithImage } from "../host-image";
import { ImageSandbox, waitUntil } from "../image-sandbox";

const TOKEN = "readiness-token-0123456789";
const OLD = ["10.10.0.31", "10.10.0.32"];
const NEW = "10.10.0.33";
const MORE = "10.10.0.34";
const SECONDS = 60;
const stub = (name: string, script: string) => ({
  path: `/usr/local/bin/${name}`,
  content: `#!/bin/sh\n${script}\n`,
  permissions: "0755",
});

interface Counts {
  requests: number;
  failed: number;
}

describeWithImage("the first node of a new version, beside two of the old one", () => {
  let web: ImageSandbox;

  beforeEach(async () => {
    web = await ImageSandbox.start("web-1");
    await web.write([
      ...webFiles({ ...exampleWeb, readinessToken: TOKEN, canary: true }),
      ...canaryFiles({}).filter(({ path }) => path.endsWith("canary.py")),
      { path: "/srv/app.py", content: readFileSync(join(__dirname, "app-of-a-release.py"), "utf8") },
      stub("cloud-init", `echo '{"status": "done"}'`),
      stub("systemctl", ":"),
    ]);
    const droplets = [...OLD, NEW, MORE].map((address) => [address.split(".").at(-1)!, address]);
    await writeDiscoveredNodes(web, { APP_TAG: Object.fromEntries(droplets) });
    for (const address of OLD) await startApp(address, "old", 0);
    await web.run(["mkdir", "-p", "/run/haproxy"]);
    web.spawn(["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"]);
    web.spawn(["sh", "-c", "exec report-answers 2>>/srv/report-answers.log"], {
      NODE_STATUS_PORT: "8500",
      TURN_SECONDS: "0.5",
    });
    await waitUntil("the old nodes serve, and no others", async () => {
      if ((await serving()) === OLD.join()) return true;
      throw new Error(JSON.stringify([await column("status"), await column("last_chk"), await column("last_agt")]));
    });
  });
  afterEach(() => web?.[Symbol.asyncDispose]());

  /** Nodes of the old version are from before there was a canary. */
  const startApp = (address: string, text: string, percent: number, milliseconds = 0, seconds = SECONDS) =>
    startAppNode(
      web,
      address,
      ["python3", "/srv/app.py", address, "8000", String(percent), String(milliseconds)],
      text === "old" ? undefined : { text, seconds },
    );

  const get = (path: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const call = http.get({ socketPath: web.path("/run/haproxy/app.sock"), path, agent: false }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => (body += text));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on("error", reject);
      });
      call.on("error", reject);
    });
  /** A column of the statistics, by the node's address, of one backend. */
  async function column(name: string, backend = "app"): Promise<Record<string, string>> {
    const found = (await serverStatistics(web)).filter(
      ({ pxname, addr }) => pxname === backend && !addr?.startsWith("127."),
    );
    return Object.fromEntries(found.map((row) => [row["addr"]?.split(":")[0], row[name] ?? ""]));
  }
  async function serving(): Promise<string> {
    const found = Object.entries(await column("status"));
    return found
      .filter(([, status]) => status === "UP")
      .map(([address]) => address)
      .sort()
      .join();
  }
  async function ready(address = NEW): Promise<{ status: number; ready: boolean; reason?: string; note?: string }> {
    const headers = { "x-readiness-token": TOKEN };
    const answer = await web.request(`http://${address}:8500/ready`, { headers });
    return { status: answer.status, ...JSON.parse(answer.body) };
  }

  /** Visitors come so often a second, until `ended`. By node. */
  async function visitUntil(ended: () => Promise<boolean>, perSecond = 50): Promise<Record<string, Counts>> {
    const counts: Record<string, Counts> = {};
    const visits: Promise<void>[] = [];
    let over = false;
    const visitors = (async () => {
      const started = Date.now();
      for (let number = 0; !over; number++) {
        visits.push(
          get(number % 5 === 0 ? "/style.3f9a1c0b.css" : "/").then(({ status, body }) => {
            const count = (counts[body] ??= { requests: 0, failed: 0 });
            count.requests += 1;
            if (status >= 500) count.failed += 1;
          }),
        );
        await sleep(Math.max(0, started + ((number + 1) * 1000) / perSecond - Date.now()));
      }
      await Promise.all(visits);
    })();
    await waitUntil("the end", ended, 100);
    over = true;
    await visitors;
    return counts;
  }
  const sum = (counts: Counts[], name: keyof Counts) => counts.reduce((total, count) => total + count[name], 0);
  const isJudged = async () => (await ready()).status === 200;

  test("is taken out within a minute when it fails 5 % of the requests, and hurts less than 0.5 % of them", async () => {
    await startApp(NEW, "new", 5);
    const started = Date.now();
    const counts = await visitUntil(isJudged);
    const seconds = (Date.now() - started) / 1000;
    const { ready: isReady, reason } = await ready();
    expect(isReady).toBe(false);
    expect(reason).toMatch(
      /^answered \d+ of \d+ requests with an error, the old version 0 of \d+: this version is stopped/,
    );
    expect(seconds).toBeLessThan(60);
    const all = Object.values(counts);
    const hurt = sum(all, "failed") / sum(all, "requests");
    await waitUntil("it gets nothing", async () => (await serving()) === OLD.join());
    // Nobody meets it any more.
    const after = await visitUntil(() => sleep(3000).then(() => true));
    expect(Object.keys(after).sort()).toEqual(OLD);
    expect(hurt).toBeLessThan(0.005);
  }, 120_000);

  test("is taken out when it is slow", async () => {
    await startApp(NEW, "new", 0, 1000);
    await visitUntil(isJudged);
    const { reason = "" } = await ready();
    const [, took, old] =
      /^took (\d+) ms for an answer, the old version (\d+) ms: this version is stopped/.exec(reason) ?? [];
    expect(Number(took)).toBeGreaterThanOrEqual(1000);
    expect(Number(old)).toBeLessThan(Number(took) / 3);
  }, 120_000);

  test("is taken out when it closes connections without an answer, which visitors hardly notice", async () => {
    await startApp(NEW, "new", -100);
    const counts = await visitUntil(isJudged);
    expect((await ready()).reason).toMatch(/^answered (\d+) of \1 requests with an error/);
    expect(sum(Object.values(counts), "failed")).toBe(0);
  }, 120_000);

  test("passes when it is as good, has a small share until then, and the next node of its version waits for nothing", async () => {
    await startApp(NEW, "new", 0, 0, 12);
    let weights: Record<string, string>[] = [];
    await visitUntil(async () => {
      if ((await column("status"))[NEW] === "UP" && weights.length === 0)
        weights = await Promise.all(["app", "app.assets", "app.streams"].map((backend) => column("uweight", backend)));
      return isJudged();
    });
    const { ready: isReady, note = "" } = await ready();
    const [, mine, others] =
      /^answered 0 of (\d+) requests with an error, the old version 0 of (\d+) in 12 s/.exec(note) ?? [];
    expect([isReady, Number(mine) > 0]).toEqual([true, true]);
    // A tenth of the requests until then, which a third would be without the share.
    expect(Number(mine) / (Number(mine) + Number(others))).toBeLessThan(0.15);
    for (const backend of weights) expect(Number(backend[NEW])).toBeLessThan(30);
    await waitUntil("a full share everywhere", async () => {
      const found = await Promise.all(["app", "app.assets", "app.streams"].map((name) => column("uweight", name)));
      return found.every((backend) => [...OLD, NEW].every((address) => backend[address] === "100"));
    });
    await startApp(MORE, "new", 0);
    await waitUntil("the next one is ready", async () => (await ready(MORE)).status === 200);
    expect((await ready(MORE)).note).toBe("another node of this version has passed");
  }, 120_000);

  test("passes where nobody visits, and says that", async () => {
    await startApp(NEW, "new", 50, 0, 10);
    await waitUntil("it is ready", isJudged, 100);
    expect((await ready()).note).toBe(
      "answered 0 of 0 requests with an error, the old version 0 of 0 in 10 s, too few to tell",
    );
  }, 120_000);
});
