import type { DatabaseOperation } from "../../local-cloud/client/control-client";
import { UserError } from "../../programs/user-error";
import type { LedgerCloud } from "./ledger";

/** Something that goes wrong with the servers of a cluster. */
export interface DatabaseFault {
  readonly name: string;
  /** What happens, in one sentence. */
  readonly sentence: string;
  /** The servers that it happens to: the first of each role. */
  readonly of: ReadonlyArray<"primary" | "standby" | "replica">;
  readonly operation: DatabaseOperation;
  /** @default it ends by itself */
  readonly undo?: DatabaseOperation;
}

export interface MadeFault {
  /** When it began to have an effect; milliseconds since 1970. */
  readonly at: number;
  readonly undo: () => Promise<void>;
}

const powerOff = { operation: { kind: "power", to: "off" }, undo: { kind: "power", to: "on" } } as const;

/** Every fault that the ledger is tried under. */
export const databaseFaults: readonly DatabaseFault[] = [
  { name: "primary-power-off", sentence: "The primary loses power.", of: ["primary"], ...powerOff },
  {
    name: "primary-freeze",
    sentence: "The primary stands still, and later goes on where it was.",
    of: ["primary"],
    operation: { kind: "freeze" },
    undo: { kind: "thaw" },
  },
  {
    name: "primary-killed",
    sentence: "PostgreSQL dies on the primary; the service starts it again.",
    of: ["primary"],
    operation: { kind: "kill" },
  },
  { name: "standby-power-off", sentence: "The standby loses power.", of: ["standby"], ...powerOff },
  { name: "replica-power-off", sentence: "A read replica loses power.", of: ["replica"], ...powerOff },
  {
    name: "primary-and-replica-power-off",
    sentence: "The primary and a read replica lose power at once.",
    of: ["primary", "replica"],
    ...powerOff,
  },
];

/** The fault of that name; throws with the names that there are. */
export function findDatabaseFault(name: string): DatabaseFault {
  const fault = databaseFaults.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  const names = databaseFaults.map((one) => one.name).join(", ");
  throw new UserError(`--fault: must be one of ${names}, got "${name}"`);
}

/** Resolves when the fault has its effect. */
export async function inflict({ control }: Pick<LedgerCloud, "control">, fault: DatabaseFault): Promise<MadeFault> {
  const { databases } = await control.status();
  const nodes = fault.of.map((role) => {
    const found = databases.find((node) => node.role === role);
    if (found === undefined) throw new Error(`${fault.name}: needs a ${role}, there is none`);
    return found.node;
  });
  const began = await Promise.all(nodes.map((node) => control.operateDatabase(node, fault.operation)));
  const { undo } = fault;
  return {
    at: Math.min(...began),
    undo: async () => {
      if (undo !== undefined) await Promise.all(nodes.map((node) => control.operateDatabase(node, undo)));
    },
  };
}
