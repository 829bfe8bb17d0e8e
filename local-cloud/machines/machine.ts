import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudNetwork } from "../network/cloud-network";
import { dropletNode } from "../network/cloud-network";
import { endCgroup, killCgroup } from "../outer-cloud/cgroup";
import { waitUntil } from "../../programs/wait-until";
import type { Droplet } from "../platform/platform";
import { Turns } from "../../programs/turns";
import type { MachineFiles } from "./machine-files";

/** systemd's own requests to an init: SIGRTMIN+4 and +5. Node.js has no names for them. */
const POWER_OFF_SIGNAL = 38;
const REBOOT_SIGNAL = 39;
/** What nspawn ends with when its guest wants to be started again. */
const REBOOT_STATUS = 133;
/** A guest that does not go down for a reboot within this is reset. */
const REBOOT_LIMIT_SECONDS = 90;

interface Run {
  readonly exited: Promise<number | undefined>;
  /** Its end has been asked for, so `onExit` leaves it alone. */
  expected: boolean;
}

/** The cgroup above those of all machines, inside the outer cloud. */
export const NODES_CGROUP = "/sys/fs/cgroup/nodes";

/** One droplet's machine: its process tree, cgroup and connection. What is asked of it is done one after another. */
export class Machine {
  readonly node: string;
  private readonly cgroup: string;
  private run: Run | undefined;
  private machineId = "";
  private frozen = false;
  private readonly turns = new Turns();

  /** `onPowerChange` is called when the machine goes off by itself. */
  constructor(
    private droplet: Droplet,
    private readonly files: MachineFiles,
    private readonly network: CloudNetwork,
    private readonly onPowerChange: (on: boolean) => void,
  ) {
    this.node = dropletNode(droplet.id);
    this.cgroup = join(NODES_CGROUP, this.node);
  }

  create(layers: readonly string[]): Promise<void> {
    return this.turns.run(async () => {
      try {
        await this.files.remove();
        this.machineId = await this.files.create(this.droplet, layers);
        await this.start();
      } catch (error) {
        await this.removeAll();
        throw error;
      }
    });
  }

  /** After what is under way, its creation for instance. Another size takes effect with the next start. */
  update(droplet: Droplet): Promise<void> {
    return this.turns.run(async () => void (this.droplet = droplet));
  }

  shutDown(limitSeconds: number): Promise<void> {
    return this.turns.run(async () => {
      const run = this.run;
      if (!run) return;
      run.expected = true;
      await this.signalInit(POWER_OFF_SIGNAL);
      if (await endsWithin(run, limitSeconds)) return this.clearAfterRun();
      run.expected = false;
      throw new Error(`droplet ${this.droplet.name}: did not shut down within ${limitSeconds} s`);
    });
  }

  /** At once, also in the middle of a shutdown that is under way. */
  async powerOff(): Promise<void> {
    if (this.run) await this.cut();
    return this.turns.run(() => this.cut());
  }

  powerOn(): Promise<void> {
    return this.turns.run(async () => {
      if (!this.run) await this.start();
    });
  }

  reboot(): Promise<void> {
    return this.turns.run(async () => {
      const run = this.run;
      if (run) {
        run.expected = true;
        await this.signalInit(REBOOT_SIGNAL);
        if (await endsWithin(run, REBOOT_LIMIT_SECONDS)) await this.clearAfterRun();
        else await this.cut();
      }
      await this.start();
    });
  }

  async destroy(): Promise<void> {
    if (this.run) await this.cut();
    return this.turns.run(() => this.removeAll());
  }

  /** Stops all processes of the machine and cuts its network; thawed, it goes on where it was. */
  setFrozen(frozen: boolean): Promise<void> {
    return this.turns.run(async () => {
      if (!this.run || this.frozen === frozen) return;
      if (frozen) await this.network.cutOff(this.node);
      await writeFile(join(this.cgroup, "cgroup.freeze"), frozen ? "1" : "0");
      await waitUntil(`${this.node}: ${frozen ? "freeze" : "thaw"}`, 5, async () =>
        (await readFile(join(this.cgroup, "cgroup.events"), "utf8")).includes(`frozen ${frozen ? 1 : 0}`),
      );
      if (!frozen) await this.network.connect(this.node);
      this.frozen = frozen;
    });
  }

  private async start(): Promise<void> {
    await this.network.attach(this.node, this.droplet);
    await mkdir(this.cgroup, { recursive: true });
    await this.limitMemory();
    const run = this.spawn();
    this.run = run;
    void run.exited.then((status) => this.onExit(run, status));
    await this.network.connect(this.node);
    let exited = false;
    void run.exited.then(() => (exited = true));
    const started = await waitUntil(`${this.node}: start`, 30, async () => exited || (await this.findInit()));
    if (started === true) throw new Error(`droplet ${this.droplet.name}: did not start: ${await this.consoleTail()}`);
  }

  private spawn(): Run {
    const log = openSync(this.files.consoleLog, "a", 0o600);
    const { root, containers } = this.files;
    const argv = [join(__dirname, "start-machine"), this.node, root, this.machineId, containers];
    const child: ChildProcess = spawn("sh", argv, {
      cwd: "/",
      env: { PATH: process.env.PATH, LANG: "C.UTF-8" },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const exited = new Promise<number | undefined>((resolve) => {
      child.once("error", () => resolve(undefined));
      child.once("exit", (status) => resolve(status ?? undefined));
    });
    return { exited, expected: false };
  }

  /** The guest has switched itself off, or wants to be started again. */
  private async onExit(run: Run, status: number | undefined): Promise<void> {
    if (run.expected) return;
    await this.turns
      .run(async () => {
        if (this.run !== run) return;
        await this.clearAfterRun();
        if (status === REBOOT_STATUS) await this.start();
        else this.onPowerChange(false);
      })
      .catch((error: unknown) => {
        console.error(error);
        this.onPowerChange(false);
      });
  }

  /**
   * A power cut. First the network: the kernel closes the connections of killed processes, which a machine without power
   * does not.
   */
  private async cut(): Promise<void> {
    const run = this.run;
    if (!run) return;
    run.expected = true;
    await this.network.cutOff(this.node);
    await killCgroup(this.cgroup);
    await run.exited;
    await this.clearAfterRun();
  }

  private async clearAfterRun(): Promise<void> {
    await this.network.cutOff(this.node);
    await endCgroup(this.cgroup);
    this.run = undefined;
    this.frozen = false;
  }

  private async removeAll(): Promise<void> {
    await this.cut();
    await this.clearAfterRun();
    await this.network.detach(this.node);
    await this.files.remove();
  }

  private async signalInit(signal: number): Promise<void> {
    const init = await this.findInit();
    if (init !== undefined) process.kill(init, signal);
  }

  /** The pid of the guest's systemd, which has moved to its own scope as soon as it works. */
  private async findInit(): Promise<number | undefined> {
    const path = join(this.cgroup, "payload/init.scope/cgroup.procs");
    const [pid] = (await readFile(path, "utf8").catch(() => "")).split("\n");
    return pid ? Number(pid) : undefined;
  }

  /** As the size of the droplet says, where this machine's memory controller is in cgroup v2; elsewhere unlimited. */
  private async limitMemory(): Promise<void> {
    const bytes = this.droplet.memoryMiB * 1024 * 1024;
    await writeFile(join(this.cgroup, "memory.max"), String(bytes), { flag: "r+" }).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }

  private async consoleTail(): Promise<string> {
    return (await readFile(this.files.consoleLog, "utf8")).trim().split("\n").slice(-5).join("\n");
  }
}

async function endsWithin(run: Run, seconds: number): Promise<boolean> {
  const cancelled = new AbortController();
  const limit = sleep(seconds * 1000, false, { signal: cancelled.signal }).catch(() => false);
  const ended = await Promise.race([run.exited.then(() => true), limit]);
  cancelled.abort();
  return ended;
}
