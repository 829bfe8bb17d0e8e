import { readFileSync } from "node:fs";

/** Identifies a process also after its end: its pid alone may then belong to another one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks after the boot of the machine (`/proc/PID/stat`, field 22). */
  readonly startTime: string;
}

/** The running process with this pid; undefined if there is none (a zombie counts as none). */
export function tryIdentifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = tryReadStat(pid);
  return stat && stat.state !== "Z" ? { pid, startTime: stat.startTime } : undefined;
}

/** Whether it is still that very process that runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return tryIdentifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** The parent of a running process; undefined if there is no such process. */
export function tryFindParent(pid: number): number | undefined {
  return tryReadStat(pid)?.parent;
}

function tryReadStat(pid: number): { state: string; parent: number; startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", parent: Number(fields[1]), startTime: fields[19] ?? "" };
}
