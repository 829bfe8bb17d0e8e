import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(__dirname, "../../../cloud-init/app/rootfs/usr/local/sbin/watch-app");

/** The fakes do what files say, and refuse what they do not know. */
const fakeSystemctl = `#!/bin/sh
case "$*" in
"is-active --quiet app.service") [ -e "$STATE/active" ] ;;
"restart app.service") echo restart >>"$STATE/log" ;;
*) echo "unknown: systemctl $*" >>"$STATE/log" ;;
esac
`;
const fakeCurl = `#!/bin/sh
echo asked >>"$STATE/asked"
for last in "$@"; do :; done
[ "$last" = http://127.0.0.1:8000/up ] || echo "unknown: curl $*" >>"$STATE/log"
[ -e "$STATE/answers" ]
`;

let state: string;
let child: ChildProcess;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "watch-app-"));
  for (const [name, text] of [
    ["systemctl", fakeSystemctl],
    ["curl", fakeCurl],
  ] as const) {
    writeFileSync(join(state, name), text);
    chmodSync(join(state, name), 0o755);
  }
  for (const name of ["log", "asked"]) writeFileSync(join(state, name), "");
});
afterEach(async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  rmSync(state, { recursive: true });
});

function start(): void {
  child = spawn("sh", [program], {
    stdio: "ignore",
    env: {
      PATH: `${state}:${process.env.PATH}`,
      STATE: state,
      APP_HEALTH_URL: "http://127.0.0.1:8000/up",
      INTERVAL_SECONDS: "0.02",
      FAILURES: "3",
      STARTING_FAILURES: "20",
    },
  });
}

function lines(name: string): string[] {
  return readFileSync(join(state, name), "utf8").split("\n").filter(Boolean);
}

async function until(description: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function set(name: string, there: boolean): void {
  if (there) writeFileSync(join(state, name), "");
  else rmSync(join(state, name), { force: true });
}

test("an application that answers is left alone", async () => {
  set("active", true);
  set("answers", true);
  start();
  await until("asked ten times", () => lines("asked").length >= 10);
  expect(lines("log")).toEqual([]);
});

test("an application that stops to answer is restarted after a few failures, and then given time to start", async () => {
  set("active", true);
  set("answers", true);
  start();
  await until("asked", () => lines("asked").length >= 2);
  set("answers", false);
  const before = lines("asked").length;
  await until("restarted", () => lines("log").length > 0);
  expect(lines("asked").length - before).toBeLessThanOrEqual(5);
  const restarted = lines("asked").length;
  await until("asked ten times more", () => lines("asked").length >= restarted + 10);
  expect(lines("log")).toEqual(["restart"]);
});

test("an application that never answers is restarted at last", async () => {
  set("active", true);
  start();
  await until("restarted", () => lines("log").length > 0);
  expect(lines("asked").length).toBeGreaterThanOrEqual(20);
  expect(lines("log")).toEqual(["restart"]);
});

test("an application that is stopped, or starting, is left to systemd", async () => {
  start();
  await until("asked thirty times", () => lines("asked").length >= 30);
  expect(lines("log")).toEqual([]);
});
