import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { servicesTreeForTests } from "./services-tree-for-tests";

const { tree, describeWithTree } = servicesTreeForTests();

describeWithTree("programs of the services tree", () => {
  let files: string;
  beforeAll(() => {
    files = mkdtempSync(path.join(tmpdir(), "services-"));
    chmodSync(files, 0o777);
  });
  afterAll(() => rmSync(files, { recursive: true }));

  test("run as their user, with the tree read-only and their own files at /srv", async () => {
    const script = "id -un; touch /srv/mine /tmp/any && ! touch /etc/any 2>/dev/null && echo protected";
    const output = await tree.run({ command: ["sh", "-c", script], user: "postgres", files }, 10);
    expect(output.split("\n")).toEqual(["postgres", "protected", ""]);
    expect(readFileSync(path.join(files, "mine"), "utf8")).toBe("");
  });

  test("fails with what the program printed", async () => {
    const program = { command: ["sh", "-c", "echo no such thing >&2; exit 3"], user: "postgres", files };
    await expect(tree.run(program, 10)).rejects.toThrow("exit code 3 (limit 10 s):\nno such thing");
  });

  test("fails after its limit", async () => {
    const program = { command: ["sleep", "60"], user: "postgres", files };
    await expect(tree.run(program, 0.3)).rejects.toThrow("limit 0.3 s");
  });

  test("killed, they take their children and mounts with them", async () => {
    // Nobody else's: the same test may run twice on one machine.
    const child = `sleep ${process.pid}.5`;
    const script = `${child} & wait`;
    const program = { command: ["sh", "-c", script], user: "postgres", files };
    const running = tree.start(program, path.join(files, "log"));
    while (!commandLines().includes(child)) await nextTick();
    await running.kill();
    expect(running.running).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(files);
    expect(commandLines()).not.toContain(child);
  });

  test("killed while they are stopped, they end too", async () => {
    const log = path.join(files, "stopped");
    const program = { command: ["sh", "-c", "echo ready; sleep 60"], user: "postgres", files };
    const running = tree.start(program, log);
    while (!readFileSync(log, "utf8").includes("ready")) await nextTick();
    await running.signal("SIGSTOP");
    await nextTick();
    await running.kill();
    expect(running.running).toBe(false);
  });

  test("asked to end, they may clean up", async () => {
    const script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    const running = tree.start({ command: ["sh", "-c", script], user: "postgres", files }, path.join(files, "polite"));
    while (!readFileSync(path.join(files, "polite"), "utf8").includes("ready")) await nextTick();
    await running.stop("SIGTERM", 60);
    expect(readFileSync(path.join(files, "polite"), "utf8")).toBe("ready\nbye\n");
  });

  test("fails to find a user that the tree does not have", () => {
    expect(() => tree.findUser("nobody-of-that-name")).toThrow("no user named nobody-of-that-name");
  });
});

function commandLines(): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readIfThere(`/proc/${pid}/cmdline`).split("\0").join(" ").trim());
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
