import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OuterCloud } from "../../../local-cloud/outer-cloud/outer-cloud";
import { tryIdentifyProcess } from "../../../local-cloud/outer-cloud/process-identity";
import { runProgram } from "../../../programs/run-program";
import { tsxCommand } from "../../../programs/tsx-command";
import { claimStateDirectory } from "../../../local-cloud/outer-cloud/state-directory-claim";
import { waitUntil } from "../../../programs/wait-until";

const missing = process.getuid?.() === 0 ? undefined : "needs root";
const describeOrSkip = missing ? describe.skip : describe;

describeOrSkip(`OuterCloud${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let stateDirectory: string;
  beforeEach(async () => (stateDirectory = await mkdtemp(join(tmpdir(), "outer-"))));
  afterEach(async () => {
    await OuterCloud.destroy(stateDirectory);
    await rm(stateDirectory, { recursive: true, force: true });
  });

  const create = (...command: string[]) => OuterCloud.create({ stateDirectory, command });
  const run = async (cloud: OuterCloud, script: string) => runProgram(await cloud.enter(["sh", "-c", script]));
  const initPid = async () => JSON.parse(await readFile(join(stateDirectory, "init.json"), "utf8")).pid as number;

  test("has processes, mounts, network and name of its own, and a cgroup that is its root", async () => {
    const cloud = await create("sleep", "1000");
    expect(await run(cloud, "cat /proc/1/cmdline")).toContain("init");
    expect((await run(cloud, "ls /sys/class/net /proc/sys/net/ipv4/conf")).match(/eth0/)).toBeNull();
    expect(await run(cloud, "cat /proc/self/cgroup")).toContain("0::/system\n");
    await run(cloud, `mount -t tmpfs tmpfs /mnt; hostname inside; ip link add name x type veth peer name y`);
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(" /mnt ");
    expect(existsSync("/sys/class/net/x")).toBe(false);
    expect(await readFile("/proc/sys/kernel/hostname", "utf8")).not.toBe("inside\n");
  });

  test("asks the cloud's own name server, and does not see the host's sockets in /run", async () => {
    const cloud = await create("sleep", "1000");
    expect(await run(cloud, "cat /etc/resolv.conf")).toBe("nameserver 192.0.2.53\n");
    expect((await run(cloud, "ls /run")).split("\n")).not.toContain("systemd");
    expect(await readFile("/etc/resolv.conf", "utf8")).not.toContain("192.0.2.53");
  });

  test("takes no name from the host's /etc/hosts, where people enter the site that they want to open", async () => {
    const hosts = join(await mkdtemp(join(tmpdir(), "hosts-")), "hosts");
    await writeFile(hosts, "127.0.0.1 localhost www.example.com\n");
    // The host as it is with that file, seen by nobody else.
    const asOnHost = ["unshare", "--mount", "--propagation", "private", "sh", "-c"];
    const script = 'mount --bind "$1" /etc/hosts && shift && getent hosts www.example.com >&2 && exec "$@"';
    const start = tsxCommand(join(__dirname, "start-cloud-for-tests.ts"));
    await runProgram([...asOnHost, script, "sh", hosts, ...start, stateDirectory]);
    const cloud = OuterCloud.tryFind(stateDirectory)!;
    expect(await run(cloud, "getent hosts localhost www.example.com || true")).toMatch(/^\S+\s+localhost\n$/);
    await rm(dirname(hosts), { recursive: true });
  });

  test("runs a command in the caller's working directory", async () => {
    const cloud = await create("sleep", "1000");
    expect((await run(cloud, "pwd")).trim()).toBe(process.cwd());
  });

  test("leaves no zombie of an orphan", async () => {
    const cloud = await create("sleep", "1000");
    await run(cloud, "setsid sh -c 'sleep 0.1 & exit' &");
    // As a zombie it would be "[sleep] <defunct>".
    await waitUntil("end of the orphan", 60, async () => !/sleep 0\.1|defunct/.test(await run(cloud, "ps -eo args")));
  });

  test("is found by its state directory, and refuses a second one there", async () => {
    const cloud = await create("sleep", "1000");
    expect(OuterCloud.tryFind(stateDirectory)).toEqual(cloud);
    await expect(create("sleep", "1000")).rejects.toThrow("its local cloud runs already");
  });

  test("fails one of two that start at once", async () => {
    const results = await Promise.allSettled([create("sleep", "1000"), create("sleep", "1000")]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(OuterCloud.tryFind(stateDirectory)).toBeDefined();
  });

  test("ends with its command, and takes along what the command left behind", async () => {
    const cloud = await create("sh", "-c", "setsid sleep 1000 & sleep 0.2");
    await waitUntil("end of the cloud", 60, () => !cloud.isRunning());
    expect(OuterCloud.tryFind(stateDirectory)).toBeUndefined();
    // The process that made the namespaces ends a moment after the cloud's init.
    await waitUntil("end of every process", 60, async () => {
      const left = await OuterCloud.leftovers(stateDirectory);
      return !left.some((what) => what.startsWith("process"));
    });
  });

  test("is gone after destroy: processes, cgroup, mounts and directory", async () => {
    const cloud = await create("sleep", "1000");
    await run(cloud, `mkdir -p ${stateDirectory}/nodes/a && mount -t tmpfs tmpfs ${stateDirectory}/nodes/a`);
    await run(cloud, "mkdir -p /sys/fs/cgroup/nodes/a/b; setsid sleep 1000 > /dev/null 2>&1 &");
    const pid = await initPid();
    await OuterCloud.destroy(stateDirectory);
    // It leaves its cgroup a moment before it is gone.
    await waitUntil("end of its init", 60, () => tryIdentifyProcess(pid) === undefined);
    expect(await OuterCloud.leftovers(stateDirectory)).toEqual([]);
    expect(existsSync(stateDirectory)).toBe(false);
  });

  test("is destroyed twice as well as once", async () => {
    await create("sleep", "1000");
    await OuterCloud.destroy(stateDirectory);
    await OuterCloud.destroy(stateDirectory);
  });

  test("starts again where an earlier one was killed", async () => {
    await create("sleep", "1000");
    process.kill(await initPid(), "SIGKILL");
    await waitUntil("end of the cloud", 60, () => OuterCloud.tryFind(stateDirectory) === undefined);
    const cloud = await create("sleep", "1000");
    expect(cloud.isRunning()).toBe(true);
  });

  test("starts again where an earlier start was interrupted, before anything of it was written down", async () => {
    await create("sleep", "1000");
    await rm(join(stateDirectory, "init.json"));
    expect(OuterCloud.tryFind(stateDirectory)).toBeUndefined();
    const cloud = await create("sleep", "1000");
    const left = await OuterCloud.leftovers(stateDirectory);
    expect(left.filter((what) => what.startsWith("process"))).toHaveLength(3);
    expect(cloud.isRunning()).toBe(true);
  });

  test("never harms another process that has got the pid of its init", async () => {
    await claimStateDirectory(stateDirectory);
    const stranger = spawn("sleep", ["1000"]);
    try {
      const record = JSON.stringify({ pid: stranger.pid, startTime: "1" });
      await writeFile(join(stateDirectory, "init.json"), record);
      expect(OuterCloud.tryFind(stateDirectory)).toBeUndefined();
      await OuterCloud.destroy(stateDirectory);
      expect(tryIdentifyProcess(stranger.pid!)).toBeDefined();
    } finally {
      stranger.kill("SIGKILL");
    }
  });

  test("fails for a directory with something else in it, and leaves that alone", async () => {
    await mkdir(join(stateDirectory, "nodes"));
    await writeFile(join(stateDirectory, "nodes", "thesis.txt"), "");
    await expect(create("sleep", "1000")).rejects.toThrow("must be a new or an empty directory");
    await OuterCloud.destroy(stateDirectory);
    expect(existsSync(join(stateDirectory, "nodes", "thesis.txt"))).toBe(true);
  });

  test("fails, and leaves nothing running, when its set-up does", async () => {
    const command = ["sleep", "1000"];
    const environment = { PATH: "/nonexistent" };
    await expect(OuterCloud.create({ stateDirectory, command, environment })).rejects.toThrow("cannot be started");
    expect(await OuterCloud.leftovers(stateDirectory)).toEqual([`directory ${stateDirectory}`]);
  });
});
