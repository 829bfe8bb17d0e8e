import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(
  __dirname,
  "../../../cloud-init/app/container/rootfs/usr/local/lib/infrastructure/explain-failure",
);
const image = "ghcr.io/example/shop:1";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "explain-failure-"));
  mkdirSync(join(state, "control-group/libpod-payload"), { recursive: true });
  writeFileSync(join(state, "control-group/libpod-payload/cgroup.procs"), "4711\n4712\n");
  writeFileSync(join(state, "container.json"), JSON.stringify({ image, port: 8000 }));
  writeFileSync(join(state, "sockets"), "");
  fake("journalctl", '[ "$2" = "$UNIT" ] && cat "$STATE/journal"');
  fake("systemctl", '[ "$*" = "show --property=InvocationID --value $UNIT" ] && echo current');
  fake("ss", 'cat "$STATE/sockets"');
});
afterEach(() => rmSync(state, { recursive: true }));

function fake(name: string, script: string): void {
  writeFileSync(join(state, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(state, name), 0o755);
}

/** Messages as journald keeps them: `app`, podman (`tool`), podman's events, and systemd, each of one start. */
type Said = readonly [from: "app" | "tool" | "event" | "systemd", message: string, start?: string];

function explain(said: readonly Said[], error: readonly string[] = [], unit = "app.service"): string {
  const entries = said.map(([from, message, start = "current"]) => ({
    MESSAGE: message,
    ...(from === "systemd" ? { INVOCATION_ID: start } : { _SYSTEMD_INVOCATION_ID: start }),
    ...(from === "app" ? { CONTAINER_NAME: "app" } : {}),
    ...(from === "event" ? { CONTAINER_NAME: "app", PODMAN_EVENT: "died" } : {}),
  }));
  writeFileSync(join(state, "journal"), entries.map((entry) => JSON.stringify(entry)).join("\n"));
  const env = {
    ...{ PATH: `${state}:${process.env.PATH}`, STATE: state, INFRASTRUCTURE_DIRECTORY: state },
    ...{ CONTROL_GROUP: join(state, "control-group"), UNIT: unit },
  };
  const { status, stdout, stderr } = spawnSync("python3", [program, unit, ...error], { env, encoding: "utf8" });
  if (status !== 0 && status !== 2) throw new Error(stderr);
  return stdout;
}

test.each<[Said[0], string, string]>([
  ["app", "Error: EROFS: read-only file system, open '/app/log/production.log'", "writablePaths"],
  ["app", 'nginx: [emerg] mkdir() "/var/cache/nginx" failed (30: Read-only file system)', "writablePaths"],
  ["app", "Read-only file system @ dir_s_mkdir - /app/tmp (Errno::EROFS)", "writablePaths"],
  ["app", "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "`port`"],
  ["app", "Error: listen EACCES: permission denied 0.0.0.0:80", "`port`"],
  ["app", "listen tcp :443: bind: permission denied", "`port`"],
  ["app", "Error: listen EADDRINUSE: address already in use :::8500", "`port`"],
  ["app", "chown: changing ownership of '/var/lib/redis': Operation not permitted", "capabilities"],
  ["app", 'error: failed switching to "app": operation not permitted', "capabilities"],
  ["app", "nginx: [emerg] initgroups(nginx, 101) failed (1: Operation not permitted)", "capabilities"],
  ["app", "EACCES: permission denied, mkdir '/home/node/.cache'", "writablePaths"],
  ["app", "java.lang.OutOfMemoryError: Java heap space", "memoryMib"],
  ["app", "exec /usr/local/bin/docker-entrypoint.sh: exec format error", "--platform linux/amd64"],
  ["systemd", "app.service: A process of this unit has been killed by the OOM killer.", "memoryMib"],
  [
    "tool",
    "Error: unable to copy from source docker://ghcr.io/example/shop:1: initializing source: unable to retrieve auth token: invalid username/password: unauthorized",
    "`registry`",
  ],
  ["tool", "Error: initializing source docker://ghcr.io/example/shop:1: reading manifest 1: denied", "`registry`"],
  ["tool", "Error: reading manifest 1 in ghcr.io/example/shop: manifest unknown", "`image`"],
  [
    "tool",
    "Error: initializing source docker://ghcr.io/example/shop:1: pinging container registry ghcr.io: dial tcp: lookup ghcr.io: no such host",
    "does not answer",
  ],
  [
    "tool",
    "Error: crun: the path `/srv/start` exists but it is not executable: Operation not permitted: OCI permission denied",
    "/srv/start is not executable",
  ],
  ["tool", "Error: crun: executable file `serve` not found in $PATH: No such file or directory", "no program serve"],
])("%s: %s", (from, message, wanted) => {
  const output = explain([
    ["app", "starting"],
    [from, message],
    ["event", "container died 1234"],
  ]);
  const [advice, because] = output.split("\n");
  expect(advice).toContain(wanted);
  expect(because).toBe(`because of: ${message}`);
  expect(output).not.toContain("container died");
});

test("the error below a traceback is understood by the call above it", () => {
  const lines = ["  File socketserver.py, line 478, in server_bind", "    self.socket.bind(self.server_address)"];
  const said = [...lines, "    ~~~~^^^^", "PermissionError: [Errno 13] Permission denied"];
  expect(explain(said.map((line) => ["app", line]))).toContain("let it listen on $PORT");
});

test("the last start counts, and the one before it while the last one has said nothing", () => {
  const before: Said = ["app", "OSError: [Errno 30] Read-only file system: '/data'", "before"];
  expect(explain([before, ["app", "listening"]], ["connection refused"])).not.toContain("writablePaths");
  expect(explain([before, ["systemd", "Starting app.service"]])).toContain("writablePaths");
  const unknown: Said = ["app", "KeyError: 'SMTP_URL'", "before"];
  expect(explain([unknown, ["systemd", "Starting app.service"]])).toContain("SMTP_URL");
});

test.each([
  ["127.0.0.1:8000", "listens on 127.0.0.1 only"],
  ["[::1]:8000", "listens on ::1 only"],
  ["0.0.0.0:3000", "listens on port 3000, and not on 8000: set `port`"],
  ["*:8000", "answers 404: check `healthPath`"],
])("an application at %s whose check fails", (address, wanted) => {
  writeFileSync(
    join(state, "sockets"),
    `LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=9,fd=3))\n` +
      `LISTEN 0 511 ${address} *:* users:(("node",pid=4712,fd=18))\n`,
  );
  expect(explain([["app", "ready"]], ["http://10.0.0.2:8000/healthz: HTTP 404"])).toContain(wanted);
});

test("an application that listens nowhere yet is said to", () => {
  expect(explain([["app", "migrating"]], ["connection refused"])).toBe(
    "it listens on no port yet, 8000 is expected\nthe last that it printed:\nmigrating\n",
  );
});

test("no more than the last lines that it printed are shown, none of them endless", () => {
  const said = Array.from({ length: 100 }, (_, i): Said => ["app", `line ${i} ${"x".repeat(1000)}`]);
  const output = explain(said);
  expect(output.split("\n")).toHaveLength(14);
  expect(output).toContain("line 99");
  expect(output.length).toBeLessThan(6000);
});

test("nothing is said about other units", () => {
  expect(explain([["app", "EROFS"]], [], "nginx.service")).toBe("");
});

test("a worker is explained by its own image and what it printed, and not when the application's check fails", () => {
  mkdirSync(join(state, "containers/worker-mailer"), { recursive: true });
  const own = { image: "ghcr.io/example/mailer:2", environment: {} };
  writeFileSync(join(state, "containers/worker-mailer/container.json"), JSON.stringify(own));
  const unit = "worker@mailer.service";
  expect(explain([["tool", "Error: manifest unknown"]], [], unit)).toContain(
    "no ghcr.io/example/mailer:2: check `image`",
  );
  expect(explain([["app", "KeyError: 'SMTP_URL'"]], [], unit)).toBe(
    "the last that it printed:\nKeyError: 'SMTP_URL'\n",
  );
  expect(explain([["app", "EROFS"]], ["HTTP 404"], unit)).toBe("");
});
