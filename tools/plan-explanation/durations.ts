import type { Change } from "./change";

/** A step of an apply: something is made (created or updated), or removed. */
export type Step = "make" | "remove";

/**
 * How long steps take, in seconds. These are assumptions, of the right order and not measured on the account at hand:
 * they are printed with every explanation. What is not listed takes the time of a few calls.
 */
const ASSUMED: Readonly<Record<string, { create?: number; update?: number; remove?: number; gate?: number }>> = {
  // Remove: the node drains (125 s at most, but seldom), then the provider watches the shutdown and the deletion.
  digitalocean_droplet: { create: 60, update: 90, remove: 90 },
  // A database server is a machine that is made, and filled from a backup if it is a replica or a larger one.
  digitalocean_database_cluster: { create: 480, update: 600, remove: 30 },
  digitalocean_database_replica: { create: 600, update: 600, remove: 30 },
  digitalocean_reserved_ip: { create: 10, remove: 10 },
};

/** From "the droplet runs" to "the node is ready": packages are installed, the role starts and is checked. */
export const bootSeconds = 150;
const OTHER_SECONDS = 2;

/** What an explanation's times rest on, in words. */
export const assumptions = [
  "a droplet is there 60 s after it is ordered, and ready 150 s later (at most 10 min, readinessLimitMinutes)",
  "an old droplet is gone 90 s after it is told to stop (2 min more if it still answers something)",
  "a database server is made in 8 to 10 min, and moves to another size in 10 min, longer with much data",
  "everything else takes 2 s, and Terraform does 10 things at a time (its default)",
];

/** Seconds of a step; `isGate` says that the resource waits for a node to be ready. */
export function secondsOf({ type, kind }: Pick<Change, "type" | "kind">, step: Step, isGate: boolean): number {
  if (kind === "forget") return 0;
  if (isGate) return step === "make" ? bootSeconds : 0;
  const assumed = ASSUMED[type] ?? {};
  if (step === "remove") return assumed.remove ?? OTHER_SECONDS;
  return (kind === "update" ? assumed.update : assumed.create) ?? OTHER_SECONDS;
}
