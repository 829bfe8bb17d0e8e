import { UserError } from "../../programs/user-error";
import type { DatabaseFault } from "./fault";

const KEPT = { reads: 0, writes: 0 } as const;

/** A session at a server that lost its power ends after 3 s; a read that waited for it has to begin anew. */
const READS_MOVE = 10;

/**
 * Everything that is tried on the database. What visitors may notice is for the demo, whose pages read the database on
 * GET and write to it on POST, and for a site with a standby and two read replicas. Bounds are at least twice what
 * `npm run bench:database-faults` measured on a busy machine of two cores; times are longest silences:
 *
 * - Failover: writes were answered again 1.1 to 1.7 s after it, at most 2.2 s after PostgreSQL had died and was started
 *   again, and 0.2 to 1.4 s after a fault was undone.
 * - All replicas lost: reads were answered again after 3.7 to 4.1 s. The primary and a replica: 0.8 to 1.1 s, in which up
 *   to 10 of 332 failed. One replica: none failed.
 */
export const databaseFaults: readonly DatabaseFault[] = [
  {
    name: "database-power-off",
    sentence: "The database's primary loses power.",
    steps: [{ database: { kind: "power", to: "off" }, of: "primary" }],
    undo: [{ database: { kind: "power", to: "on" }, of: "primary" }],
    visitors: { reads: 0, writes: "until failover" },
  },
  {
    name: "database-freeze",
    sentence: "The database's primary stands still, and later goes on where it was.",
    steps: [{ database: { kind: "freeze" }, of: "primary" }],
    undo: [{ database: { kind: "thaw" }, of: "primary" }],
    visitors: { reads: 0, writes: "until failover" },
  },
  {
    name: "database-kill",
    sentence: "PostgreSQL dies on the primary, and is started again there.",
    steps: [{ database: { kind: "kill" }, of: "primary" }],
    undoneBy: "ends by itself",
    visitors: { reads: 0, writes: 5 },
  },
  {
    name: "database-cut-off",
    sentence: "The app nodes do not reach the database's primary; its standby does, so that nobody takes its place.",
    steps: [{ cutDatabase: "primary" }],
    visitors: { reads: 0, writes: "until undone" },
  },
  {
    name: "database-standby-lost",
    sentence: "The database's standby loses power.",
    steps: [{ database: { kind: "power", to: "off" }, of: "standby" }],
    undo: [{ database: { kind: "power", to: "on" }, of: "standby" }],
    visitors: KEPT,
  },
  {
    name: "database-replica-lost",
    sentence: "One read replica loses power.",
    steps: [{ database: { kind: "power", to: "off" }, of: "replica" }],
    undo: [{ database: { kind: "power", to: "on" }, of: "replica" }],
    visitors: KEPT,
  },
  {
    name: "database-replicas-lost",
    sentence: "All read replicas lose power.",
    steps: [{ database: { kind: "power", to: "off" }, of: "replicas" }],
    undo: [{ database: { kind: "power", to: "on" }, of: "replicas" }],
    visitors: { reads: READS_MOVE, writes: 0 },
  },
  {
    name: "database-primary-and-replica-lost",
    sentence: "The database's primary and one read replica lose power at once.",
    steps: [
      { database: { kind: "power", to: "off" }, of: "primary" },
      { database: { kind: "power", to: "off" }, of: "replica" },
    ],
    undo: [
      { database: { kind: "power", to: "on" }, of: "primary" },
      { database: { kind: "power", to: "on" }, of: "replica" },
    ],
    visitors: { reads: READS_MOVE, writes: "until failover" },
  },
  {
    name: "database-replica-lags",
    sentence: "One read replica shows every write 30 s late.",
    steps: [{ database: { kind: "delay-replay", seconds: 30 }, of: "replica" }],
    undo: [{ database: { kind: "delay-replay", seconds: 0 }, of: "replica" }],
    visitors: KEPT,
  },
  {
    name: "database-disk-full",
    // What clients meet. The disk itself is not filled: nodes of the local cloud share one file system.
    sentence: "The service makes the database read-only, as it does when the primary's disk is nearly full.",
    steps: [{ database: { kind: "read-only", on: true }, of: "primary" }],
    undo: [{ database: { kind: "read-only", on: false }, of: "primary" }],
    visitors: { reads: 0, writes: "until undone" },
  },
  {
    name: "database-connections-exhausted",
    sentence:
      "Somebody else takes every connection to the primary that is free; those of the endpoints, which are open, stay.",
    steps: [{ database: { kind: "occupy", what: "connections" }, of: "primary" }],
    undo: [{ database: { kind: "release" }, of: "primary" }],
    visitors: KEPT,
  },
  {
    name: "database-lock",
    sentence: "A transaction on the primary locks every table against writes, as a migration may, and does not end.",
    steps: [{ database: { kind: "occupy", what: "tables" }, of: "primary" }],
    undo: [{ database: { kind: "release" }, of: "primary" }],
    visitors: { reads: 0, writes: "until undone" },
  },
];

/** The fault of that name; throws with the names that there are. */
export function findDatabaseFault(name: string): DatabaseFault {
  const fault = databaseFaults.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new UserError(`fault: must be one of ${databaseFaults.map((one) => one.name).join(", ")}, got "${name}"`);
}
