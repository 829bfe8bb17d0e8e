import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ImageSandbox } from "../cloud-init/image-sandbox";

/** Of /proc/PID/stat; the same on every Linux that Debian has. */
const TICKS_PER_SECOND = 100;
/** What brings requests on; an application on the same node is not what is compared. */
const PROXIES = ["haproxy", "nginx", "caddy"];

/** Seconds of the processor that the proxies in sandboxes have used so far, by `sandbox program`. */
export function processorSeconds(sandboxes: ReadonlyMap<string, ImageSandbox>): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const [name, sandbox] of sandboxes)
    for (const pid of sandbox.processes()) {
      const found = tryReadStat(pid);
      if (found === undefined || !PROXIES.includes(found.program)) continue;
      const key = `${name} ${found.program}`;
      seconds.set(key, (seconds.get(key) ?? 0) + found.ticks / TICKS_PER_SECOND);
    }
  return seconds;
}

/** Lets the processes of a sandbox run on one core only; those that they start later, too. */
export function pinTo(core: number, sandbox: ImageSandbox): void {
  for (const pid of sandbox.processes())
    execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", `${core}`, `${pid}`]);
}

/** Undefined for a process that has ended. */
function tryReadStat(pid: number): { readonly program: string; readonly ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      program: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return undefined;
  }
}
