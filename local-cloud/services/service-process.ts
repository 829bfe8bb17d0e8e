import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A running program of the services tree, with every process that it has started. */
export class ServiceProcess {
  /** Says how the program ended: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly exited: Promise<string>;
  private ended = false;

  /** `wrapper` is the process outside the program's pid namespace whose only child is the program. */
  constructor(
    readonly description: string,
    private readonly wrapper: ChildProcess,
  ) {
    this.exited = new Promise((resolve) => {
      wrapper.once("error", ({ message }) => resolve(`was not started: ${message}`));
      wrapper.once("exit", (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`));
    });
    void this.exited.then(() => (this.ended = true));
  }

  get running(): boolean {
    return !this.ended;
  }

  /** Signals the program itself. Nothing happens when it has ended. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const pid = await this.programPid();
    if (pid !== undefined) sendSignal(pid, name);
  }

  /** The program and all its processes stand still. */
  async freeze(): Promise<void> {
    for (const pid of await this.programPids()) sendSignal(pid, "SIGSTOP");
  }

  /** They go on where they were. */
  async thaw(): Promise<void> {
    for (const pid of await this.programPids()) sendSignal(pid, "SIGCONT");
    sendSignal(this.wrapper.pid, "SIGCONT");
  }

  /** Ends the program and all its processes at once, as a power cut would. */
  async kill(): Promise<void> {
    while (this.running) {
      const pid = await this.programPid();
      // The first process of a pid namespace takes all others with it.
      sendSignal(pid ?? this.wrapper.pid, "SIGKILL");
      // The wrapper stops itself when the program is stopped.
      sendSignal(this.wrapper.pid, "SIGCONT");
      await Promise.race([this.exited, sleep(50)]);
    }
  }

  /** Asks the program to end, and kills it when it has not after `limitSeconds`. */
  async stop(name: NodeJS.Signals, limitSeconds: number): Promise<void> {
    await this.signal(name);
    const cancelled = new AbortController();
    await Promise.race([this.exited, sleep(limitSeconds * 1000, undefined, cancelled).catch(() => undefined)]);
    cancelled.abort();
    await this.kill();
  }

  private async programPid(): Promise<number | undefined> {
    return (await this.childrenOf(this.wrapper.pid))[0];
  }

  /** The program first: what is stopped starts no others. */
  private async programPids(): Promise<number[]> {
    const pids = await this.childrenOf(this.wrapper.pid);
    for (const pid of pids) pids.push(...(await this.childrenOf(pid)));
    return pids;
  }

  private async childrenOf(pid: number | undefined): Promise<number[]> {
    if (pid === undefined || this.ended) return [];
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    return children.split(" ").filter(Boolean).map(Number);
  }
}

function sendSignal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
