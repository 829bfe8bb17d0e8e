import type { Change } from "./change";
import type { Dependencies } from "./dependencies";
import { secondsOf } from "./durations";
import { type Slot, type Task, schedule } from "./schedule";

/** Things that Terraform does at a time when it is not told otherwise. */
const PARALLELISM = 10;

/** When what happens, in seconds from the beginning of the apply. */
export interface Timeline {
  /** When a resource is created or updated; undefined if it is not. */
  made(address: string): Slot | undefined;
  /** When a resource that existed is removed; undefined if it is not. */
  removed(address: string): Slot | undefined;
  readonly seconds: number;
}

/**
 * Puts the changes in Terraform's order (https://github.com/hashicorp/terraform/blob/main/docs/destroying.md): a
 * resource is made after what it depends on, and removed after what was made from it is removed. One that is replaced
 * and made first is removed when everything that depends on its successor is done.
 */
export function timelineOf(changes: readonly Change[], dependencies: Dependencies): Timeline {
  const slots = schedule(tasksOf(changes, dependencies), PARALLELISM);
  const changed = new Set(changes.map(({ address }) => address));
  return {
    made: (address) => (changed.has(address) ? slots.get(made(address)) : undefined),
    removed: (address) => slots.get(removed(address)),
    seconds: Math.max(0, ...[...slots.values()].map(({ end }) => end)),
  };
}

/** Whether a resource does nothing but wait for a node to be ready. */
export function isGate({ type, address }: Pick<Change, "type" | "address">, dependencies: Dependencies): boolean {
  return type === "terraform_data" && [...dependencies.ofNew(address)].some(isDroplet);
}

export function isDroplet(address: string): boolean {
  return address.startsWith("digitalocean_droplet.");
}

const made = (address: string) => `make ${address}`;
const removed = (address: string) => `remove ${address}`;

function tasksOf(changes: readonly Change[], dependencies: Dependencies): Task[] {
  const byAddress = new Map(changes.map((change) => [change.address, change]));
  const makes = [...new Set([...dependencies.addresses, ...byAddress.keys()])].filter((address) => {
    const kind = byAddress.get(address)?.kind;
    return kind !== "delete" && kind !== "forget";
  });
  const removals = changes.filter(({ kind }) => kind === "replace" || kind === "delete");
  const usersOfNew = invert(makes, (address) => dependencies.ofNew(address));
  const usersOfOld = invert([...byAddress.keys()], (address) => dependencies.ofOld(address));
  return [
    ...makes.sort(inNaturalOrder).map((address) => {
      const change = byAddress.get(address);
      const destroysFirst = change?.kind === "replace" && !change.createsFirst;
      return {
        id: made(address),
        seconds: change ? secondsOf(change, "make", isGate(change, dependencies)) : 0,
        after: [...[...dependencies.ofNew(address)].map(made), ...(destroysFirst ? [removed(address)] : [])],
      };
    }),
    ...removals.map((change) => {
      const { address } = change;
      const successor = change.kind === "replace" && change.createsFirst ? [address, ...usersOfNew(address)] : [];
      // What is removed without a successor goes after what used it has been changed.
      const before = change.kind === "delete" ? usersOfOld(address) : [];
      return {
        id: removed(address),
        seconds: secondsOf(change, "remove", isGate(change, dependencies)),
        after: [...usersOfOld(address).map(removed), ...[...successor, ...before].map(made)],
      };
    }),
  ];
}

function invert(addresses: readonly string[], uses: (address: string) => ReadonlySet<string>) {
  const users = new Map<string, string[]>();
  for (const address of addresses)
    for (const used of uses(address)) {
      if (!users.has(used)) users.set(used, []);
      users.get(used)!.push(address);
    }
  return (address: string): readonly string[] => users.get(address) ?? [];
}

/** "node-2" before "node-10". */
export function inNaturalOrder(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
