import { appFiles } from "../../../cloud-init/app/user-data";
import { exampleApp } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";
import { PostgresPair } from "./postgres-pair";

const url = "postgresql://app@127.0.0.1:5001/site";
/** In the place of the container: says when it begins and ends, goes on until it may end, and fails if it has to. */
const container = `#!/bin/sh
[ "$*" = schedule-cleanup ] || exit 99
echo $$ >/srv/pid-$NODE
trap 'echo "$NODE is ended" >>/srv/runs; exit 143' TERM
echo "$NODE begins" >>/srv/runs
sleep "\${SECONDS_IT_TAKES:-0}"
while [ -n "\${GOES_ON:-}" ] && [ ! -e /srv/may-end ]; do sleep 0.1; done
[ -z "\${FAILS:-}" ] || exit 3
echo "$NODE ends" >>/srv/runs
`;
const podman = `#!/bin/sh
[ "$*" = "stop --ignore schedule-cleanup" ] || exit 99
kill -s TERM "$(cat /srv/pid-$NODE)"
`;
const systemctl = `#!/bin/sh\necho "$*" >>/srv/systemctl\n`;

/** Nodes of one tier: they share a file system here, and their processes are told apart by what they are told. */
describeWithImage("run-schedule", () => {
  let sandbox: ImageSandbox;
  let postgres: PostgresPair;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("app-1");
    postgres = await PostgresPair.start(sandbox);
    const application = { kind: "container", image: "ghcr.io/example/shop:1" } as const;
    const schedules = { cleanup: { at: "*:0/15", command: ["bin/cleanup"] } };
    await sandbox.write([
      ...appFiles({ ...exampleApp, application, schedules }),
      { path: "/srv/run-container", content: container, permissions: "0755" },
      { path: "/usr/local/sbin/podman", content: podman, permissions: "0755" },
      { path: "/usr/local/sbin/systemctl", content: systemctl, permissions: "0755" },
    ]);
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());
  beforeEach(() => sandbox.run(["sh", "-c", "rm -f /srv/runs /srv/systemctl /srv/may-end /srv/pid-*"]));

  /** Quarters of an hour from now, as PostgreSQL has them: runs of the past are none for what ends now. */
  const quarter = 15 * 60_000;
  const start = Math.ceil(Date.now() / quarter) * quarter;
  const minute = (quarters: number) =>
    new Date(start + quarters * quarter).toISOString().slice(0, 16).replace("T", " ");
  const program = "exec python3 /usr/local/sbin/run-schedule";
  const environment = (node: string, at: string, more: Readonly<Record<string, string>> = {}) => ({
    DATABASE_DIRECT_URL: url,
    TIER: "shop-app",
    RUN_CONTAINER: "/srv/run-container",
    SEEN_SECONDS: "0.3",
    LOST_SECONDS: "3",
    LIMIT_SECONDS: "20",
    NODE: node,
    // Some seconds after the minute, as on a busy node.
    TRIGGER_TIMER_REALTIME_USEC: at === "" ? "" : `${(Date.parse(`${at}Z`) + 1234) * 1000}`,
    ...more,
  });
  const run = (node: string, at: string, more: Readonly<Record<string, string>> = {}) =>
    sandbox.run(["sh", "-c", `${program} cleanup 2>&1`], environment(node, at, more));
  /** Its command goes on until `letEnd`, or until it is ended. */
  const begin = (node: string, at: string, more: Readonly<Record<string, string>> = {}) =>
    sandbox.spawn(
      ["sh", "-c", `${program} cleanup >/srv/said-${node} 2>&1`],
      environment(node, at, { GOES_ON: "yes", ...more }),
    );
  const letEnd = () => sandbox.write([{ path: "/srv/may-end", content: "" }]);
  const text = (path: string) => sandbox.run(["sh", "-c", `cat ${path} 2>/dev/null || true`]);
  const runs = async () => (await text("/srv/runs")).split("\n").slice(0, -1);
  const outcome = async (at: string) =>
    (await postgres.sql("site", `select outcome from infrastructure.schedules where minute = '${at}Z'`)).trim();
  const begun = (node: string) => waitUntil(`${node} has begun`, async () => (await runs()).includes(`${node} begins`));
  const waiting = () => new Promise((resolve) => setTimeout(resolve, 1500));

  test("a new node says that the table cannot be made, as long as that is not allowed", async () => {
    const boot = ["sh", "-c", `${program} 2>&1`];
    const more = { LIMIT_SECONDS: "2" };
    await expect(sandbox.run(boot, environment("a", "", more))).rejects.toThrow(
      /permission denied[^]*gave up after 2 s/,
    );
    await postgres.sql("postgres", "grant connect, create on database site to app");
    await Promise.all(["a", "b"].map((node) => sandbox.run(boot, environment(node, ""))));
    expect(await text("/srv/systemctl")).toBe("");
  });

  test("of three nodes one runs the command, at each of its times, and each tier for itself", async () => {
    const said = await Promise.all(["a", "b", "c"].map((node) => run(node, minute(1), { SECONDS_IT_TAKES: "1" })));
    expect(await runs()).toHaveLength(2);
    const others = said.filter((one) =>
      one.includes(`the run of ${minute(1)} UTC succeeded (on app-1): nothing to do`),
    );
    expect(others).toHaveLength(2);
    await run("b", minute(2));
    await run("w", minute(2), { TIER: "shop-workers" });
    await run("c", minute(2));
    expect((await runs()).slice(2)).toEqual(["b begins", "b ends", "w begins", "w ends"]);
  });

  test("a node that stood still when the time came does not run the command once more", async () => {
    const late = { TRIGGER_TIMER_REALTIME_USEC: `${(Date.parse(`${minute(2)}Z`) + 200_000) * 1000}` };
    expect(await run("a", "", late)).toContain(`the run of ${minute(2)} UTC succeeded (on app-1): nothing to do`);
    expect(await runs()).toEqual([]);
  });

  test("a command that fails is written down and said, and not run again at that time", async () => {
    await expect(run("a", minute(3), { FAILS: "yes" })).rejects.toThrow("failed with status 3");
    expect(await run("b", minute(3))).toContain("failed with status 3 (on app-1): nothing to do");
    expect(await outcome(minute(3))).toBe("failed with status 3");
    expect(await runs()).toEqual(["a begins"]);
  });

  test("when the node that runs it dies, one of the others begins it again", async () => {
    const dying = begin("a", minute(4));
    await begun("a");
    const others = [run("b", minute(4)), run("c", minute(4))];
    await waiting();
    await dying.signal("KILL");
    await sandbox.run(["sh", "-c", "kill -s KILL $(cat /srv/pid-a)"]);
    const said = (await Promise.all(others)).join("");
    expect(said).toContain(`app-1 was lost during the run of ${minute(4)} UTC`);
    expect(await runs()).toHaveLength(3);
    expect(await outcome(minute(4))).toBe("succeeded");
  });

  test("a node that stops lets the command end, up to its limit", async () => {
    const stopping = begin("a", minute(5));
    await begun("a");
    await stopping.signal("TERM");
    await letEnd();
    await stopping.ended;
    expect(await runs()).toEqual(["a begins", "a ends"]);
    expect(await outcome(minute(5))).toBe("succeeded");
  });

  test("a command that takes longer than a node may still run is ended, and begun again by another one at once", async () => {
    const lost = { LOST_SECONDS: "100" };
    const stopping = begin("a", minute(6), { ...lost, DRAIN_SECONDS: "1" });
    await begun("a");
    const other = run("b", minute(6), lost);
    await stopping.stop();
    expect(await other).toContain(`app-1 has stopped during the run of ${minute(6)} UTC`);
    expect(await runs()).toEqual(["a begins", "a is ended", "b begins", "b ends"]);
  });

  test("what nobody waits for is begun again by the next node that boots", async () => {
    const stopping = begin("a", minute(7), { DRAIN_SECONDS: "0" });
    await begun("a");
    await stopping.stop();
    await sandbox.run(["sh", "-c", program], environment("b", ""));
    expect(await text("/srv/systemctl")).toBe("start --no-block schedule@cleanup.service\n");
    await run("b", "");
    expect((await runs()).slice(-2)).toEqual(["b begins", "b ends"]);
    expect(await run("c", "")).toContain("no run has been left");
  });

  test("a time that comes while the run before is going is left out, and said on every node", async () => {
    const long = begin("a", minute(-8));
    await begun("a");
    const leftOut = "was left out, because the one before was still going (on app-1): nothing to do";
    expect(await run("b", minute(-7))).toContain(`the run of ${minute(-7)} UTC ${leftOut}`);
    await letEnd();
    await long.ended;
    expect(await text("/srv/said-a")).toContain(`the run of ${minute(-7)} UTC is left out`);
    // It was going until just now.
    expect(await run("b", minute(-6))).toContain(leftOut);
    expect(await runs()).toEqual(["a begins", "a ends"]);
    expect(await outcome(minute(-6))).toMatch("was left out");
    await run("b", minute(8));
    expect((await runs()).slice(-2)).toEqual(["b begins", "b ends"]);
  });

  test("a command that takes too long is ended, and counts as failed", async () => {
    const path = "/etc/infrastructure/containers/schedule-cleanup/schedule.json";
    const before = await text(path);
    await sandbox.write([{ path, content: JSON.stringify({ calendar: "*:0/15 UTC", timeoutMinutes: 0.1 }) }]);
    await expect(run("a", minute(9), { GOES_ON: "yes" })).rejects.toThrow("it was ended after");
    await sandbox.write([{ path, content: before }]);
    expect(await runs()).toEqual(["a begins", "a is ended"]);
    expect(await outcome(minute(9))).toMatch(/^failed/);
  });

  test("a database that is away meanwhile makes no second run", async () => {
    const going: SandboxProcess = begin("a", minute(10));
    await begun("a");
    const other = run("b", minute(10));
    await waiting();
    await postgres.kill("primary");
    // Longer than a node may be silent.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await postgres.start("primary");
    await letEnd();
    await going.ended;
    expect(await other).toContain("nothing to do");
    expect(await runs()).toEqual(["a begins", "a ends"]);
  });

  test("a node that was cut off ends its command when another one has begun it again", async () => {
    const cutOff = begin("a", minute(11));
    await begun("a");
    await cutOff.signal("STOP");
    await run("b", minute(11));
    await cutOff.signal("CONT");
    await cutOff.ended;
    expect(await runs()).toEqual(["a begins", "b begins", "b ends", "a is ended"]);
    expect(await outcome(minute(11))).toBe("succeeded");
  });
});
