import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { waitUntil } from "../../programs/wait-until";

const PERIOD_MICROSECONDS = 100_000;
const ROOT = "/sys/fs/cgroup";

/**
 * A cgroup, of version 2 or 1, whichever has the controller `cpu` here. Its processes come before others of this machine,
 * so that a limit is what they get, whatever else runs.
 */
export class CpuGroup {
  private readonly directory: string;

  /** `share`: what all its processes together get of one core, 0.2 for a fifth. @default no limit */
  constructor(name: string, share?: number) {
    const quota = share === undefined ? undefined : Math.round(share * PERIOD_MICROSECONDS);
    const isVersion2 = existsSync(path.join(ROOT, "cgroup.controllers"));
    this.directory = path.join(ROOT, isVersion2 ? "" : "cpu", `bench-${process.pid}-${name}`);
    if (isVersion2) writeFileSync(path.join(ROOT, "cgroup.subtree_control"), "+cpu");
    mkdirSync(this.directory);
    if (isVersion2) {
      this.write("cpu.weight", "10000");
      this.write("cpu.max", `${quota ?? "max"} ${PERIOD_MICROSECONDS}`);
    } else {
      this.write("cpu.shares", "102400");
      this.write("cpu.cfs_period_us", `${PERIOD_MICROSECONDS}`);
      this.write("cpu.cfs_quota_us", `${quota ?? -1}`);
    }
  }

  /** A process writes its number here to be one of it, with all that it starts from then on. */
  get processes(): string {
    return path.join(this.directory, "cgroup.procs");
  }

  /** One that has ended meanwhile is left out. */
  add(processes: readonly number[]): void {
    for (const pid of processes) {
      try {
        this.write("cgroup.procs", `${pid}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }

  /** When its processes have ended. */
  async remove(): Promise<void> {
    const { processes } = this;
    await waitUntil(`end of the processes in ${processes}`, 20, () => readFileSync(processes, "utf8") === "");
    rmdirSync(this.directory);
  }

  private write(file: string, text: string): void {
    writeFileSync(path.join(this.directory, file), text);
  }
}
