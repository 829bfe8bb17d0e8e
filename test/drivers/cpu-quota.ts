import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { waitUntil } from "../../programs/wait-until";

const PERIOD_MICROSECONDS = 20_000;

/** A cgroup whose processes together get a part of one core, of version 2 or 1, whichever has the controller `cpu` here. */
export class CpuQuota {
  private readonly directory: string;

  /** `share`: of one core, 0.2 for a fifth. */
  constructor(name: string, share: number) {
    const quota = Math.round(share * PERIOD_MICROSECONDS);
    const root = "/sys/fs/cgroup";
    const isVersion2 = existsSync(path.join(root, "cgroup.controllers"));
    this.directory = path.join(root, isVersion2 ? "" : "cpu", `quota-${process.pid}-${name}`);
    if (isVersion2) writeFileSync(path.join(root, "cgroup.subtree_control"), "+cpu");
    mkdirSync(this.directory);
    if (isVersion2) this.write("cpu.max", `${quota} ${PERIOD_MICROSECONDS}`);
    else {
      this.write("cpu.cfs_period_us", `${PERIOD_MICROSECONDS}`);
      this.write("cpu.cfs_quota_us", `${quota}`);
    }
  }

  /** With all that the processes start from now on. */
  add(processes: readonly number[]): void {
    for (const pid of processes) this.write("cgroup.procs", `${pid}`);
  }

  /** When its processes have ended. */
  async remove(): Promise<void> {
    const procs = path.join(this.directory, "cgroup.procs");
    await waitUntil(`end of the processes in ${this.directory}`, 20, () => readFileSync(procs, "utf8") === "");
    rmdirSync(this.directory);
  }

  private write(file: string, text: string): void {
    writeFileSync(path.join(this.directory, file), text);
  }
}
