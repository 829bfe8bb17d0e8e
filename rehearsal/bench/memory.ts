import { readFileSync } from "node:fs";

/** Memory of processes together; what several of them share is counted once (proportional set size, proc(5)). */
export function proportionalMemoryMiB(pids: readonly number[]): number {
  const kib = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0; // It has ended in the meantime.
    }
  });
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}
