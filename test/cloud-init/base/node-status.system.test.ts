import { connect } from "node:net";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askedFiles } from "../../../cloud-init/app/user-data";
import { findCloudInitDirectory, readRootfs } from "../../../cloud-init/rootfs";
import { FakeServer } from "../fake-server";
import { describeWithImage, HostImage, type StartedProgram } from "../host-image";

const program = [
  ...readRootfs(join(findCloudInitDirectory(), "base/rootfs")).filter(({ path }) => path.endsWith("/node-status")),
  ...askedFiles(),
];
const stub = (name: string, script: string) => ({
  path: `/usr/local/bin/${name}`,
  content: `#!/bin/sh\n${script}`,
  permissions: "0755",
});
const systemctl = `
[ "$*" = "is-failed cloud-final.service" ] && exec cat /shared/last-stage
[ "$*" = "show --property=Id,ActiveState,SubState nginx.service haproxy.service" ] ||
  [ "$*" = "show --property=Id,ActiveState,SubState release.service" ] || exit 1
cat /shared/units
`;
const journalctl = `
[ "$*" = "--unit cloud-final.service --lines 15 --no-pager --output cat" ] && exec cat /shared/journal
[ "$*" = "--identifier release --lines 15 --no-pager --output cat" ] && exec cat /shared/release
[ "$*" = "--unit nginx.service --lines 15 --no-pager --output cat" ] || exit 1
cat /shared/journal
`;
const unit = (id: string, state: string, sub: string) => `Id=${id}\nActiveState=${state}\nSubState=${sub}\n`;
const token = "readiness-0123456789";
/** On this machine's own network, where the same test may run twice; below what the kernel gives to those who do not ask. */
const statusPort = 18_000 + 2 * (process.pid % 5000);
const agentPort = statusPort + 1;

describeWithImage("node-status", () => {
  let host: HostImage;
  let check: FakeServer;
  let running: StartedProgram;

  beforeEach(async () => {
    check = await FakeServer.start();
    check.on("GET /healthz", () => ({ body: "ok" }));
    host = new HostImage([
      ...program,
      stub("systemctl", systemctl),
      stub("journalctl", journalctl),
      stub("cloud-init", `[ "$*" = "status --format json" ] || exit 1\ncat /shared/boot; exit 2\n`),
    ]);
    for (const directory of ["infrastructure", "cloud-init"]) mkdirSync(join(host.shared, directory));
    write("cloud-init/result.json", {});
    write("infrastructure/status.json", { units: ["nginx.service", "haproxy.service"], check: `${check.url}/healthz` });
    writeFileSync(join(host.shared, "infrastructure/readiness.token"), `${token}\n`);
    writeFileSync(join(host.shared, "infrastructure/failover.token"), "dop_v1_secret\n");
    boot({ status: "done" });
    units("active", "active");
    journal("");
    writeFileSync(join(host.shared, "last-stage"), "activating\n");
    await start("exec node-status");
  });

  afterEach(async () => {
    await running[Symbol.asyncDispose]();
    await check[Symbol.asyncDispose]();
    host[Symbol.dispose]();
  });

  async function start(command: string): Promise<void> {
    running = host.start(command, {
      PRIVATE_ADDRESS: "127.0.0.1",
      NODE_STATUS_PORT: String(statusPort),
      AGENT_CHECK_PORT: String(agentPort),
      DROPLET_ID: "42",
      GRACE_SECONDS: "2",
      INFRASTRUCTURE_DIRECTORY: "/shared/infrastructure",
      DRAINING_FILE: "/shared/draining",
      ADMITTED_FILE: "/shared/admitted",
      CLOUD_INIT_DIRECTORY: "/shared/cloud-init",
      EXPLAIN_FAILURE: "/shared/explain",
    });
    await running.until("an answer", async () => (await ask("/health")) !== undefined);
  }

  const write = (path: string, content: object) => writeFileSync(join(host.shared, path), JSON.stringify(content));
  const boot = (status: object) => write("boot", { errors: [], recoverable_errors: {}, ...status });
  const journal = (text: string) => writeFileSync(join(host.shared, "journal"), text);
  const units = (nginx: string, haproxy: string, sub = "running") =>
    writeFileSync(
      join(host.shared, "units"),
      [unit("nginx.service", nginx, sub), unit("haproxy.service", haproxy, sub)].join("\n"),
    );
  async function ask(
    path: string,
    given = token,
  ): Promise<{ status: number; body: Record<string, unknown> } | undefined> {
    const headers = new Headers(given === "" ? [] : [["x-readiness-token", given]]);
    const response = await fetch(`http://127.0.0.1:${statusPort}${path}`, { headers }).catch(() => undefined);
    return response && { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const untilReady = (status: number, body: object) =>
    running.until(`${status} ${JSON.stringify(body)}`, async () => {
      const answer = await ask("/ready");
      return answer?.status === status && Object.entries(body).every(([key, value]) => answer.body[key] === value);
    });
  const untilSaid = (words: string) =>
    running.until(`the agent says ${words}`, async () => (await agent()) === `${words}\n`);
  const reason = async () => String((await ask("/ready"))?.body.reason);
  const agent = () =>
    new Promise<string>((resolve, reject) => {
      let text = "";
      connect(agentPort, "127.0.0.1")
        .setEncoding("utf8")
        .on("data", (data) => (text += data))
        .on("end", () => resolve(text))
        .on("error", reject);
    });

  test("is ready when cloud-init has ended without errors, every unit is active, and the check answers", async () => {
    await untilReady(200, { ready: true, droplet: "42" });
    expect((await ask("/health", ""))?.status).toBe(200);
    expect(check.unexpected).toEqual([]);
  });

  test("is not ready yet while cloud-init runs", async () => {
    boot({ status: "running" });
    await untilReady(503, { ready: false, reason: "cloud-init: running" });
    boot({ status: "done" });
    await untilReady(200, { ready: true });
  });

  test("does not ask cloud-init before that has ended", async () => {
    rmSync(join(host.shared, "cloud-init/result.json"));
    await untilReady(503, { ready: false, reason: "cloud-init: running" });
    write("cloud-init/disabled", {});
    await untilReady(200, { ready: true });
  });

  test("fails for good when cloud-init has ended without a word", async () => {
    rmSync(join(host.shared, "cloud-init/result.json"));
    journal("OSError: [Errno 28] No space left on device, with the token dop_v1_secret\n");
    writeFileSync(join(host.shared, "last-stage"), "failed\n");
    const end = "OSError: [Errno 28] No space left on device, with the token [removed]";
    await untilReady(200, {
      ready: false,
      reason: `cloud-init: ended without a result (cloud-final.service)\n${end}`,
    });
  });

  test("fails for good on an error of cloud-init, also a recoverable one", async () => {
    boot({
      status: "done",
      recoverable_errors: { WARNING: ["Failed to install packages: nginx"], DEPRECATED: ["old"] },
    });
    await untilReady(200, { ready: false, reason: "cloud-init: Failed to install packages: nginx" });
    boot({ status: "error", errors: ["runcmd failed"] });
    await untilReady(200, { ready: false, reason: "cloud-init: runcmd failed" });
  });

  test("does not take advice of cloud-init for an error", async () => {
    boot({ status: "done", recoverable_errors: { DEPRECATED: ["chpasswd.list is deprecated"] } });
    await untilReady(200, { ready: true });
  });

  test("fails for good with the end of the journal when a unit has failed", async () => {
    journal("nginx: [emerg] unknown directive\n");
    units("failed", "active", "failed");
    await untilReady(200, { ready: false });
    expect(await reason()).toBe(
      "nginx.service is failed (failed), the end of its journal:\nnginx: [emerg] unknown directive",
    );
    await running.until("503", async () => (await ask("/health", ""))?.status === 503);
  });

  test("names the full disk behind an error that does not", async () => {
    await running[Symbol.asyncDispose]();
    await start("mount -t tmpfs -o size=16k tmpfs /var; cat /dev/zero >/var/filling 2>/dev/null || exec node-status");
    boot({ status: "error", errors: ["Failed due to systemd unit failure."] });
    await untilReady(200, {
      ready: false,
      reason: "cloud-init: Failed due to systemd unit failure.\nno space left on /var",
    });
  });

  test("gives the role's own explanation of a unit or of a failed check, where there is one", async () => {
    const explain = '[ "$1" = haproxy.service ] && echo "known: ${2:-no check}"';
    writeFileSync(join(host.shared, "explain"), `#!/bin/sh\n${explain}\n`, { mode: 0o755 });
    journal("what it said\n");
    units("failed", "failed", "failed");
    await untilReady(200, { ready: false });
    expect(await reason()).toBe(
      "nginx.service is failed (failed), the end of its journal:\nwhat it said\n" +
        "haproxy.service is failed (failed): known: no check",
    );
    units("active", "active");
    check.on("GET /healthz", () => ({ status: 500 }));
    const wanted = /^http\S+: HTTP 500.*\nknown: http\S+: HTTP 500/;
    await running.until("a reason with the check's error", async () => wanted.test(await reason()));
  });

  test("asks at the address that other nodes use where the check says so", async () => {
    await running[Symbol.asyncDispose]();
    const url = check.url.replace("127.0.0.1", "$PRIVATE_ADDRESS");
    write("infrastructure/status.json", { units: ["nginx.service", "haproxy.service"], check: `${url}/healthz` });
    await start("exec node-status");
    await untilReady(200, { ready: true });
  });

  test("shows no value of an application's secrets", async () => {
    mkdirSync(join(host.shared, "infrastructure/environment"));
    writeFileSync(join(host.shared, "infrastructure/environment/API_KEY"), "sk_live_0123456789");
    writeFileSync(join(host.shared, "infrastructure/environment/DEBUG"), "true");
    mkdirSync(join(host.shared, "infrastructure/containers/worker-mailer/environment"), { recursive: true });
    writeFileSync(join(host.shared, "infrastructure/containers/worker-mailer/environment/SMTP"), "smtp-password-1");
    journal("Stripe refused sk_live_0123456789, debug is true, login smtp-password-1 failed\n");
    units("failed", "active", "failed");
    await untilReady(200, { ready: false });
    expect(await reason()).toMatch(/refused \[removed\], debug is true, login \[removed\] failed$/);
  });

  test("shows no secret that a journal holds", async () => {
    journal(
      [
        "token dop_v1_secret was refused",
        `asked with ${token}`,
        "postgresql://app:hunter2@db.example.com:25060/app",
        "PGPASSWORD=hunter2 psql",
        '{"password": "hunter2"}',
        "Authorization: Bearer hunter2",
        "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2 cut off",
      ].join("\n"),
    );
    units("failed", "active", "failed");
    await untilReady(200, { ready: false });
    expect(await reason()).not.toMatch(/hunter2|dop_v1_secret|readiness-/);
    expect(await reason()).toContain("postgresql://app:[removed]@db.example.com:25060/app");
  });

  test("says what the release command printed, without secrets, when it is ready", async () => {
    await running[Symbol.asyncDispose]();
    write("infrastructure/status.json", { units: ["release.service"] });
    writeFileSync(join(host.shared, "units"), unit("release.service", "active", "exited"));
    writeFileSync(join(host.shared, "release"), "connecting to postgresql://app:hunter2@db/app\nadded orders\n");
    await start("exec node-status");
    await untilReady(200, { ready: true, release: "connecting to postgresql://app:[removed]@db/app\nadded orders" });
  });

  test("watches units of the settings beside its own", async () => {
    await running[Symbol.asyncDispose]();
    write("infrastructure/status.json", { units: ["nginx.service"] });
    write("infrastructure/extra-units.json", ["haproxy.service"]);
    await start("exec node-status");
    await untilReady(200, { ready: true });
    units("active", "failed", "failed");
    await untilReady(200, { ready: false });
  });

  test("waits for a unit that is not up, and gives up after the grace", async () => {
    await running[Symbol.asyncDispose]();
    await start("GRACE_SECONDS=10 exec node-status");
    units("inactive", "active", "dead");
    await untilReady(503, { ready: false });
    await untilReady(200, { ready: false });
    expect(await reason()).toMatch(/^nginx.service is inactive/);
    units("active", "active");
    await untilReady(200, { ready: true });
  });

  test("waits beyond the grace for a unit in its own start, but not for one that starts again and again", async () => {
    units("activating", "active", "start");
    await untilReady(503, { ready: false });
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect((await ask("/ready"))?.status).toBe(503);
    units("activating", "active", "auto-restart");
    await untilReady(200, { ready: false });
  });

  test("fails after the grace with what the role's own check said", async () => {
    check.on("GET /healthz", () => ({ status: 500 }));
    await untilReady(200, { ready: false });
    expect(await reason()).toMatch(/\/healthz: HTTP 500$/);
  });

  describe("of an application", () => {
    const asked: Record<string, string | string[] | undefined>[] = [];

    beforeEach(async () => {
      await running[Symbol.asyncDispose]();
      asked.length = 0;
      check.on("GET /healthz", ({ headers }) => {
        asked.push(headers);
        return { body: "ok" };
      });
      write("infrastructure/status.json", {
        units: ["nginx.service", "haproxy.service"],
        check: `${check.url}/healthz`,
        host: "www.example.com",
      });
      await start("HANG_SECONDS=10 exec node-status");
    });

    test("asks by the site's name, as if over HTTPS", async () => {
      await untilReady(200, { ready: true });
      expect(asked[0]).toMatchObject({ host: "www.example.com", "x-forwarded-proto": "https" });
      await untilSaid("ready up 100%");
    });

    test("takes a redirect for an answer, and an error for none", async () => {
      check.on("GET /healthz", () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } }));
      await untilReady(200, { ready: true });
      check.on("GET /healthz", () => ({ status: 503 }));
      await untilSaid("ready down");
      await untilReady(503, { ready: false });
    });

    test("waits beyond the grace for one that does not answer yet, but not for one that refuses the question", async () => {
      check.on("GET /healthz", () => ({ status: 503 }));
      await untilSaid("ready down");
      await new Promise((resolve) => setTimeout(resolve, 3500));
      expect(await ask("/ready")).toMatchObject({ status: 503, body: { ready: false } });
      check.on("GET /healthz", () => ({ status: 400 }));
      await untilReady(200, { ready: false });
      expect(await reason()).toMatch(/\/healthz: HTTP 400$/);
    });

    test("says that it is busy, not down, while it owes an answer; and down when none comes", async () => {
      await untilReady(200, { ready: true });
      const answers: (() => void)[] = [];
      const owe = () =>
        check.on("GET /healthz", () => new Promise((resolve) => answers.push(() => resolve({ body: "ok" }))));
      const answerAgain = () => {
        check.on("GET /healthz", () => ({ body: "ok" }));
        for (const answer of answers) answer();
      };
      owe();
      await untilSaid("ready up 1%");
      expect((await ask("/ready"))?.body).toMatchObject({ ready: true });
      answerAgain();
      await untilSaid("ready up 100%");
      owe();
      await untilSaid("ready up 1%");
      await untilSaid("ready down");
      answerAgain();
      await untilSaid("ready up 100%");
    });
  });

  test("lets no visitors in before it has been ready once, and then also while something of it is down", async () => {
    const startAnew = async () => {
      await running[Symbol.asyncDispose]();
      await start("exec node-status");
    };
    await untilSaid("ready up");
    rmSync(join(host.shared, "admitted"));
    boot({ status: "error", errors: ["Failed to install packages: nginx"] });
    await startAnew();
    await untilReady(200, { ready: false });
    expect(await agent()).toBe("ready down\n");
    boot({ status: "done" });
    await untilReady(200, { ready: true });
    expect(await agent()).toBe("ready up\n");
    units("active", "failed");
    await startAnew();
    await untilReady(200, { ready: false });
    expect(await agent()).toBe("ready up\n");
  });

  test("says drain to HAProxy, and not ready to all others, while it drains", async () => {
    await untilReady(200, { ready: true });
    expect(await agent()).toBe("ready up\n");
    writeFileSync(join(host.shared, "draining"), "");
    expect(await agent()).toBe("drain\n");
    await untilReady(503, { ready: false, reason: "draining" });
    rmSync(join(host.shared, "draining"));
    expect(await agent()).toBe("ready up\n");
  });

  test("fails whoever has no token, a wrong one, or asks for something else", async () => {
    expect((await ask("/ready", ""))?.status).toBe(403);
    expect((await ask("/ready", "readiness-0123456780"))?.status).toBe(403);
    expect((await ask("/etc/passwd"))?.status).toBe(404);
  });

  test("says nothing when a caller hangs up", async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(statusPort, "127.0.0.1", () => {
        socket.write("GET /rea");
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
      socket.on("close", () => resolve()).on("error", reject);
    });
    await untilReady(200, { ready: true });
    expect(running.log).toBe("");
  });
});
