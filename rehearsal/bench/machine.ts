import { cpus } from "node:os";

/** On what something was measured: this machine, and the lowest and highest of the load averages meanwhile. */
export function describeMachine(loads: readonly number[]): string {
  const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  return `Measured on ${cpus().length} cores (${cpus()[0]?.model.trim()}), load average ${range}.`;
}
