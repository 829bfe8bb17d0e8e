import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AppSettings, appUserData } from "../../../cloud-init/app/user-data";
import { waitUntil } from "../../../programs/wait-until";
import { CloudUnderTest, whatIsMissing } from "../../local-cloud/machines/cloud-under-test";
import { exampleDroplet } from "../../local-cloud/machines/example-droplet";
import { exampleApp } from "../example-hosts";
import { ImageSandbox } from "../image-sandbox";
import { provideShopImage, readinessOf, runOn, withLateFiles } from "./app-droplet";
import { PostgresPair } from "./postgres-pair";

const missing = whatIsMissing();
const describeOrSkip = missing ? describe.skip : describe;

/** A boot, a minute that has to come, and a minute until what does not come up is final. */
jest.setTimeout(400_000);

const REGISTRY = "registry.example.com";
const IMAGE = `${REGISTRY}/team/shop:1`;
const url = "postgresql://app@127.0.0.1:5001/site?sslmode=disable";
const worker = (...args: string[]) => ["/srv/worker.py", ...args];
const source = (name: string) => readFileSync(join(__dirname, name), "utf8");

const settings: AppSettings = {
  ...exampleApp,
  database: { ...exampleApp.database, writeUrl: url, readUrl: url },
  application: {
    kind: "container",
    image: IMAGE,
    entrypoint: ["/usr/bin/python3", "-B"],
    command: ["/srv/app.py"],
    environment: { QUEUE: "none" },
    files: ["app", "worker"].map((name) => ({ path: `/srv/${name}.py`, content: source(`container-${name}.py`) })),
    extraHosts: { "ldap.internal": "10.20.0.99" },
  },
  workers: {
    mailer: { command: worker("mailer"), environment: { QUEUE: "mail" }, stopTimeoutSeconds: 10 },
    reports: { command: worker("reports") },
  },
  schedules: {
    cleanup: { at: "minutely", command: worker("once") },
    nightly: { at: "03:00", command: worker("nightly") },
  },
  extraFiles: [
    {
      path: "/etc/containers/systemd/cache.container",
      content: `[Container]\nImage=${IMAGE}\nNetwork=none\nExec=/usr/bin/python3 -c "import time; time.sleep(1e6)"\n[Install]\nWantedBy=multi-user.target\n`,
    },
    {
      path: "/etc/systemd/system/tick.timer",
      content: "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=10\n[Install]\nWantedBy=timers.target\n",
    },
    {
      path: "/etc/systemd/system/tick.service",
      content: "[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/ticked\n",
    },
  ],
  extraUnits: ["cache.service", "tick.timer"],
};

describeOrSkip(`workers and schedules on an app node${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let cloud: CloudUnderTest;
  let database: ImageSandbox;
  let postgres: PostgresPair;
  const node = exampleDroplet(
    1,
    // What Terraform makes of a secret.
    withLateFiles(appUserData(settings), { "environment/SECRET": "correct-horse-battery" }),
  );

  const on = (script: string) => runOn(cloud, node, script);
  const readiness = () => readinessOf(cloud, node, settings.readinessToken);
  const untilReady = (what: string, seconds: number) => {
    let last = "";
    return waitUntil(what, seconds, async () => {
      const { ready, reason } = await readiness().catch((error: Error) => ({ ready: false, reason: error.message }));
      last = reason ?? "";
      return ready;
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`);
    });
  };
  const agent = () => on(`curl -sS --max-time 5 telnet://${node.privateAddress}:8501 </dev/null`);
  /** All of it: what a unit has printed reaches the journal a moment later. */
  const said = (unit: string) => on(`journalctl --sync; journalctl --no-pager --output=cat --unit '${unit}'`);
  const ran = (name: string) =>
    postgres.sql("site", `select outcome from infrastructure.schedules where name = '${name}' and outcome is not null`);

  beforeAll(async () => {
    cloud = await CloudUnderTest.start();
    await provideShopImage(cloud, REGISTRY);
    await cloud.call("serveRegistry", REGISTRY);
    await cloud.call("create", node);
    // A database at the droplet's own loopback: its network namespace, as this machine sees it.
    const [, , , init] = await cloud.outer.enter(["true"]);
    const networkNamespace = `/proc/${init}/root/run/netns/n-d${node.id}`;
    database = await ImageSandbox.start("database", { networkNamespace });
    postgres = await PostgresPair.start(database);
    await postgres.sql("postgres", "grant connect, create on database site to app");
    await untilReady("the node is ready", 300);
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
    await cloud?.[Symbol.asyncDispose]();
  });

  test("a node is ready when workers, timers, and units of one's own are up", async () => {
    const units = "worker@mailer worker@reports schedule@cleanup.timer schedule@nightly.timer cache tick.timer";
    expect((await on(`systemctl is-active ${units}`)).trim().split("\n")).toEqual(Array(6).fill("active"));
    expect(await on("podman ps --format '{{.Names}}' | sort")).toMatch(
      /^app\nsystemd-cache\nworker-mailer\nworker-reports\n/,
    );
    await on("systemctl start --wait tick.service; test -e /run/ticked");
  });

  test("a worker has the application's variables and its own, as nobody, and shows no secret", async () => {
    expect(await said("worker@mailer")).toContain("mailer as 1000, secret correct, queue mail\n");
    expect(await said("worker@reports")).toContain("reports as 1000, secret correct, queue none\n");
    expect(await on("ps -ewwo args")).not.toContain("correct-horse");
  });

  test("a schedule runs in a container of its own, and what it printed and how it ended is written down", async () => {
    await waitUntil("a minute has come", 180, async () => (await ran("cleanup")).includes("succeeded"));
    expect(await said("schedule@cleanup")).toMatch(/once as 1000, secret correct, queue none\n[^]*UTC succeeded\n/);
    expect(await ran("nightly")).toBe("");
    expect(await on("podman ps --all --format '{{.Names}}'")).not.toContain("schedule-");
  });

  test("a worker that ends is started again, and visitors are served meanwhile", async () => {
    const starts = async () => (await said("worker@mailer")).split("mailer as 1000").length;
    const before = await starts();
    // Its next start waits for us.
    const next = '[Service]\\nExecStartPre=/bin/sh -c "until [ -e /run/may-start ]; do sleep 0.1; done"\\n';
    await on("mkdir -p /run/systemd/system/worker@mailer.service.d");
    await on(`printf '${next}' >/run/systemd/system/worker@mailer.service.d/test.conf; systemctl daemon-reload`);
    await on("podman kill --signal KILL worker-mailer");
    await waitUntil(
      "systemd has seen it",
      60,
      async () => (await on("systemctl is-active worker@mailer || true")) !== "active\n",
    );
    expect(await agent()).toBe("ready up 100%\n");
    await on("touch /run/may-start");
    await waitUntil("it runs again", 120, async () => (await starts()) > before);
    expect(await agent()).toBe("ready up 100%\n");
    await untilReady("the node is ready again", 120);
  });

  test("a worker that is stopped has its time", async () => {
    await on("systemctl stop worker@mailer");
    expect(await said("worker@mailer")).toMatch(/finishing its work\n[^]*finished\n/);
    await on("systemctl start worker@mailer");
  });

  test("the command of a node that stops is told to end, and its run is left to another node", async () => {
    const insert = `insert into infrastructure.schedules (tier, name, minute, node, run)
      values ('shop-app', 'nightly', '2026-11-27 03:00Z', 'lost', '')`;
    await postgres.sql("site", insert);
    await on("mkdir -p /run/systemd/system/schedule@.service.d");
    await on("printf '[Service]\\nEnvironment=DRAIN_SECONDS=1\\n' >/run/systemd/system/schedule@.service.d/test.conf");
    await on("systemctl daemon-reload; systemctl start --no-block schedule@nightly");
    await waitUntil("it runs", 120, async () => (await said("schedule@nightly")).includes("nightly as 1000"));
    await on("systemctl stop schedule@nightly");
    const journal = await said("schedule@nightly");
    expect(journal).toContain("lost has stopped during the run of 2026-11-27 03:00 UTC");
    expect(journal).toMatch(
      /finishing its work\nfinished\n[^]*another one begins the run of 2026-11-27 03:00 UTC again/,
    );
    const left = "select run = '' and finished_at is null from infrastructure.schedules where name = 'nightly'";
    expect(await postgres.sql("site", left)).toBe("t\n");
  });

  test("a worker that crashes at once keeps a new node from being ready, and says why", async () => {
    const file = "/etc/infrastructure/containers/worker-mailer/container.json";
    const known = JSON.parse(await on(`cat ${file}`)) as object;
    const changed = JSON.stringify({ ...known, command: worker("crash") });
    await cloud.call("exec", node.id, ["sh", "-c", `cat >${file}`], changed);
    // As on a node whose boot has just ended.
    await on("systemctl restart --no-block worker@mailer; systemctl restart node-status");
    let answer = "";
    await waitUntil("it is final", 300, async () => {
      answer = await on(
        `curl -sS -w '%{http_code}' -H 'x-readiness-token: ${settings.readinessToken}' http://${node.privateAddress}:8500/ready || true`,
      );
      expect(answer).not.toContain('"ready": true');
      return answer.endsWith("200");
    });
    expect(answer).toMatch(/"reason": "worker@mailer\.service is activating \(.*\): /);
    expect(answer).toContain("KeyError: 'SMTP_URL'");
    expect(answer).not.toContain("correct-horse");
    await cloud.call("exec", node.id, ["sh", "-c", `cat >${file}`], JSON.stringify(known));
  });

  test("after a reboot workers and timers are up again, also without the database, which does not keep it from serving", async () => {
    await cloud.call("reboot", node.id);
    // The database has stayed in the network namespace that the droplet had before.
    const units = "worker@mailer worker@reports schedule@cleanup.timer schedule@nightly.timer cache tick.timer";
    await waitUntil("its units are active", 240, async () => {
      const states = await on(`systemctl is-active ${units}`).catch(() => "");
      return states === "active\n".repeat(6);
    });
    await waitUntil("it serves", 120, async () => (await agent().catch(() => "")) === "ready up 100%\n");
    expect(await on("systemctl is-active schedules || true")).not.toBe("active\n");
  });
});
