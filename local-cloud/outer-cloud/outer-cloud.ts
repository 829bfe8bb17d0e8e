import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { endCgroup, findCgroup2Mount, processesIn } from "./cgroup";
import { withHostLock } from "./host-lock";
import { isRunning, tryFindParent, tryIdentifyProcess, type ProcessIdentity } from "./process-identity";
import { claimStateDirectory, isClaimed } from "./state-directory-claim";
import { waitUntil } from "../../programs/wait-until";

/** Where a command is run: among the cloud's own services, as an operator or visitor, at Cloudflare's edge, at a node. */
export type CloudNetwork = "cloud" | "internet" | "edge" | `n-${string}`;

export interface CreateOuterCloudOptions {
  /** Holds everything of this cloud; removed with it. */
  readonly stateDirectory: string;
  /** What runs inside as the child of init. The cloud ends when it does. */
  readonly command: readonly string[];
  /** @default that of this process */
  readonly environment?: NodeJS.ProcessEnv;
  /** Gets what the command prints. @default `cloud.log` in the state directory */
  readonly log?: string;
}

/**
 * One process tree in cgroup, mount, network, pid, uts and ipc namespaces and in a cgroup of its own, so that nothing of
 * it can outlive it. Everything about it is named by its state directory; any number of them can run side by side.
 */
export class OuterCloud {
  private constructor(
    readonly stateDirectory: string,
    private readonly init: ProcessIdentity,
  ) {}

  /** Starts a cloud, after clearing away what an interrupted or dead one left. Throws if one runs already. */
  static async create(options: CreateOuterCloudOptions): Promise<OuterCloud> {
    const stateDirectory = resolve(options.stateDirectory);
    return withHostLock(nameOf(stateDirectory), async () => {
      if (OuterCloud.tryFind(stateDirectory)) throw new Error(`${stateDirectory}: its local cloud runs already`);
      await claimStateDirectory(stateDirectory);
      await end(stateDirectory);
      try {
        return new OuterCloud(stateDirectory, await start(stateDirectory, options));
      } catch (error) {
        await end(stateDirectory);
        throw error;
      }
    });
  }

  /** The running cloud of a state directory; undefined if there is none, or only what is left of one. */
  static tryFind(stateDirectory: string): OuterCloud | undefined {
    const path = recordPath(resolve(stateDirectory));
    if (!existsSync(path)) return undefined;
    const init = JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity;
    return isRunning(init) ? new OuterCloud(resolve(stateDirectory), init) : undefined;
  }

  /**
   * Ends the cloud of a state directory at once, removes all of it, and throws if anything is left. Works from any
   * state: running, half made, dead, never there.
   */
  static async destroy(stateDirectory: string): Promise<void> {
    const path = resolve(stateDirectory);
    await withHostLock(nameOf(path), async () => {
      await end(path);
      if (isClaimed(path)) await rm(path, { recursive: true, force: true });
    });
    const left = await OuterCloud.leftovers(path);
    if (left.length > 0) throw new Error(`local cloud ${path}: not all of it could be removed: ${left.join("; ")}`);
  }

  /** Lists what there is of a cloud: its processes, cgroup, mounts and directory. Empty if there is nothing. */
  static async leftovers(stateDirectory: string): Promise<string[]> {
    const path = resolve(stateDirectory);
    const cgroup = await cgroupOf(path);
    const mounts = (await readFile("/proc/self/mountinfo", "utf8"))
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "")
      .filter((mountPoint) => mountPoint.startsWith(`${path}/`));
    return [
      ...(await processesIn(cgroup)).map((pid) => `process ${pid}`),
      ...(existsSync(cgroup) ? [`cgroup ${cgroup}`] : []),
      ...mounts.map((mountPoint) => `mount ${mountPoint}`),
      ...(isClaimed(path) ? [`directory ${path}`] : []),
    ];
  }

  /** The command line that runs `argv` inside the cloud, as a part of it. Needs root. */
  async enter(argv: readonly string[], network: CloudNetwork = "cloud"): Promise<string[]> {
    const cgroup = await cgroupOf(this.stateDirectory);
    return ["sh", join(__dirname, "enter"), cgroup, String(this.init.pid), network, ...argv];
  }

  /** The command line that runs `argv` on this machine, outside the cloud's namespaces, but ends with the cloud. */
  async accompany(argv: readonly string[]): Promise<string[]> {
    const cgroup = await cgroupOf(this.stateDirectory);
    return ["sh", "-c", 'echo $$ > "$0/system/cgroup.procs" && exec "$@"', cgroup, ...argv];
  }

  /** Every process of the cloud, droplets' included. */
  async processes(): Promise<number[]> {
    return processesIn(await cgroupOf(this.stateDirectory));
  }

  isRunning(): boolean {
    return isRunning(this.init);
  }
}

async function start(stateDirectory: string, options: CreateOuterCloudOptions): Promise<ProcessIdentity> {
  const cgroup = await cgroupOf(stateDirectory);
  await mkdir(cgroup);
  await mkdir(join(cgroup, "system"));
  await raiseInotifyLimit();
  const logPath = options.log ?? join(stateDirectory, "cloud.log");
  const log = openSync(logPath, "a", 0o600);
  const child = spawn("sh", [join(__dirname, "start"), cgroup, ...options.command], {
    cwd: "/",
    detached: true,
    env: options.environment ?? process.env,
    stdio: ["ignore", log, log, "pipe"],
  });
  closeSync(log);
  let ready = false;
  let ended = false;
  child.stdio[3]!.on("data", () => (ready = true));
  child.once("error", () => (ended = true));
  child.once("exit", () => (ended = true));
  try {
    await waitUntil("set-up of the outer cloud", 15, () => ready || ended);
    if (!ready || child.pid === undefined) throw new Error("its init ended");
    const init = await findInit(cgroup, child.pid);
    await writeAtomically(recordPath(stateDirectory), JSON.stringify(init));
    return init;
  } catch (error) {
    const output = (await readFile(logPath, "utf8")).trim().split("\n").slice(-5).join("\n");
    throw new Error(`outer cloud: cannot be started: ${(error as Error).message}:\n${output}`);
  } finally {
    (child.stdio[3] as Readable).destroy();
    child.unref();
  }
}

/** The only child of the process that made the namespaces. Its pid inside is 1; here it has another one. */
async function findInit(cgroup: string, parent: number): Promise<ProcessIdentity> {
  const pid = (await processesIn(cgroup)).find((candidate) => tryFindParent(candidate) === parent);
  const init = pid === undefined ? undefined : tryIdentifyProcess(pid);
  if (!init) throw new Error("its init ended");
  return init;
}

async function end(stateDirectory: string): Promise<void> {
  const cgroup = await cgroupOf(stateDirectory);
  await endCgroup(cgroup);
  if (!isClaimed(stateDirectory)) return;
  await rm(recordPath(stateDirectory), { force: true });
  await rm(join(stateDirectory, "nodes"), { recursive: true, force: true });
}

async function cgroupOf(stateDirectory: string): Promise<string> {
  const mount = findCgroup2Mount(await readFile("/proc/self/mountinfo", "utf8"));
  if (mount === undefined) throw new Error("cgroup v2: is not mounted on this machine");
  return join(mount, nameOf(stateDirectory));
}

/** What a cloud is called outside of itself: one word for its state directory. */
function nameOf(stateDirectory: string): string {
  const key = createHash("sha256").update(stateDirectory).digest("hex").slice(0, 12);
  return `local-cloud-${basename(stateDirectory)
    .replace(/[^A-Za-z0-9-]/g, "_")
    .slice(0, 40)}-${key}`;
}

function recordPath(stateDirectory: string): string {
  return join(stateDirectory, "init.json");
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Every droplet's systemd uses some forty inotify instances of the 128 that a user has by default. */
async function raiseInotifyLimit(): Promise<void> {
  const path = "/proc/sys/fs/inotify/max_user_instances";
  if (Number(await readFile(path, "utf8")) < 1024) await writeFile(path, "1024");
}
