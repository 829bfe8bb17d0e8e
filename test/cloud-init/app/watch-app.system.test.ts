import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(__dirname, "../../../cloud-init/app/rootfs/usr/local/sbin/watch-app");

/** Does what files say, and refuses what it does not know. */
const fakeSystemctl = `#!/bin/sh
case "$*" in
"is-active --quiet app.service") [ -e "$STATE/active" ] ;;
"restart app.service") echo restart >>"$STATE/log" ;;
*) echo "unknown: systemctl $*" >>"$STATE/log" ;;
esac
`;
let state: string;
let child: ChildProcess;
let application: Server | undefined;
let asked: IncomingMessage[];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "watch-app-"));
  writeFileSync(join(state, "systemctl"), fakeSystemctl);
  chmodSync(join(state, "systemctl"), 0o755);
  writeFileSync(join(state, "log"), "");
  asked = [];
});
afterEach(async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  await stopListening();
  rmSync(state, { recursive: true });
});

/** An application that answers as `answer` does. */
async function listen(answer: (response: ServerResponse) => void, port = 0): Promise<number> {
  application = createServer((request, response) => {
    asked.push(request);
    answer(response);
  });
  await new Promise<void>((resolve) => application!.listen(port, "127.0.0.1", resolve));
  return (application.address() as AddressInfo).port;
}

async function stopListening(): Promise<void> {
  application?.closeAllConnections();
  await new Promise((resolve) => (application === undefined ? resolve(undefined) : application.close(resolve)));
  application = undefined;
}

function start(port: number, environment: Record<string, string> = {}): void {
  child = spawn("sh", [program], {
    stdio: "ignore",
    env: {
      PATH: `${state}:${process.env.PATH}`,
      STATE: state,
      APP_HEALTH_URL: `http://127.0.0.1:${port}/up`,
      APP_HOST: "www.example.com",
      INTERVAL_SECONDS: "0.02",
      // Longer than this process, which answers, may stand still on a busy machine.
      HANG_SECONDS: "20",
      REFUSALS: "3",
      STARTING_SECONDS: "60",
      ...environment,
    },
  });
}

function lines(name: string): string[] {
  return readFileSync(join(state, name), "utf8").split("\n").filter(Boolean);
}

async function until(description: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within 60 s: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function set(name: string, there: boolean): void {
  if (there) writeFileSync(join(state, name), "");
  else rmSync(join(state, name), { force: true });
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const describeWithCurl = hasCurl ? describe : describe.skip;

describeWithCurl(`an application that is watched${hasCurl ? "" : " (skipped: needs curl)"}`, () => {
  test("is asked by the site's name, as if by a visitor over HTTPS", async () => {
    start(await listen((response) => response.end()));
    await until("asked", () => asked.length > 0);
    expect(asked[0]).toMatchObject({
      url: "/up",
      headers: { host: "www.example.com", "x-forwarded-proto": "https" },
    });
  });

  test.each([200, 301, 400, 500, 503])("is left alone while it answers, also with %d", async (status) => {
    set("active", true);
    start(await listen((response) => response.writeHead(status).end()));
    await until("asked ten times", () => asked.length >= 10);
    expect(lines("log")).toEqual([]);
  });

  test("is left alone while it is busy: an answer within the limit is one", async () => {
    set("active", true);
    start(await listen((response) => setTimeout(() => response.end(), 700)));
    await until("asked three times", () => asked.length >= 3);
    expect(lines("log")).toEqual([]);
  });

  test("is restarted when it gives no answer within the limit, and then given time to start", async () => {
    set("active", true);
    let hangs = false;
    start(await listen((response) => hangs || response.end()), { HANG_SECONDS: "4" });
    await until("asked", () => asked.length >= 2);
    hangs = true;
    await until("restarted", () => lines("log").length > 0);
    const restarted = asked.length;
    await until("asked twice more", () => asked.length >= restarted + 2);
    expect(lines("log")).toEqual(["restart"]);
  });

  test("is restarted when it refuses a few times in a row, and then given time to start", async () => {
    set("active", true);
    start(await listen((response) => response.end()));
    await until("asked", () => asked.length >= 2);
    await stopListening();
    await until("restarted", () => lines("log").length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lines("log")).toEqual(["restart"]);
  });

  test("is restarted when it has not answered since its start for very long", async () => {
    set("active", true);
    const port = await listen((response) => response.end());
    await stopListening();
    const started = Date.now();
    start(port, { STARTING_SECONDS: "3" });
    await until("restarted", () => lines("log").length > 0);
    // It counts in whole seconds.
    expect(statSync(join(state, "log")).mtimeMs - started).toBeGreaterThan(2000);
  });

  test("is left to systemd while it is stopped, or starting", async () => {
    const port = await listen((response) => response.end());
    await stopListening();
    start(port, { STARTING_SECONDS: "0" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lines("log")).toEqual([]);
  });
});
