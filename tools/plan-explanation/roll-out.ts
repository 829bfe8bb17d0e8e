import type { Change } from "./change";
import type { Dependencies } from "./dependencies";
import { type Timeline, inNaturalOrder, isDroplet, isGate } from "./timeline";

/** What happens to the nodes of one tier. */
export interface RollOut {
  /** What the nodes' names have in common: `www-example-com-web`. */
  readonly tier: string;
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Why nodes are replaced: attributes of the droplet, or Terraform's word for the reason. */
  readonly because: readonly string[];
  /** New nodes; those of a batch are made together, the next batch waits until they are ready. */
  readonly batches: ReadonlyArray<readonly string[]>;
  /** Old nodes in the order in which they go; of replaced nodes each bears the name of its successor. */
  readonly oldOnesGo: readonly string[];
  /** New nodes that nothing waits for. */
  readonly ungated: readonly string[];
  /** Nodes that go before their successor is there. */
  readonly goFirst: readonly string[];
  /** Minutes from the beginning until the last new node is ready, and until the last old node is gone. */
  readonly readyAfterMinutes: number;
  readonly doneAfterMinutes: number;
}

/** The roll-outs of a plan, by tier. */
export function rollOutsOf(changes: readonly Change[], dependencies: Dependencies, timeline: Timeline): RollOut[] {
  const tiers = new Map<string, Change[]>();
  for (const change of changes) {
    if (!isDroplet(change.address) || change.kind === "update" || change.kind === "forget") continue;
    const tier = nameOf(change).replace(/-\d+$/, "");
    tiers.set(tier, [...(tiers.get(tier) ?? []), change]);
  }
  const gates = changes.filter((change) => change.kind !== "delete" && isGate(change, dependencies));
  return [...tiers]
    .sort(([a], [b]) => inNaturalOrder(a, b))
    .map(([tier, nodes]) => rollOutOf(tier, nodes, gates, dependencies, timeline));
}

function rollOutOf(
  tier: string,
  droplets: readonly Change[],
  gates: readonly Change[],
  dependencies: Dependencies,
  timeline: Timeline,
): RollOut {
  const nodes = [...droplets].sort((a, b) => inNaturalOrder(nameOf(a), nameOf(b)));
  const made = nodes.filter(({ kind }) => kind === "create" || kind === "replace");
  const gone = nodes.filter(({ kind }) => kind === "delete" || kind === "replace");
  const gateOf = ({ address }: Change) => gates.find((gate) => dependencies.ofNew(gate.address).has(address));
  const replaced = nodes.filter(({ kind }) => kind === "replace");
  const end = (addresses: readonly (string | undefined)[], when: Timeline["made"]) =>
    Math.max(0, ...addresses.map((address) => (address && when(address)?.end) || 0)) / 60;
  const readyAfterMinutes = end(
    [...made.map(gateOf).map((gate) => gate?.address), ...made.map((one) => one.address)],
    timeline.made,
  );
  return {
    tier,
    replaced: replaced.map(nameOf),
    added: nodes.filter(({ kind }) => kind === "create").map(nameOf),
    removed: nodes.filter(({ kind }) => kind === "delete").map(nameOf),
    because: [...new Set(replaced.flatMap(reasonsOf))].sort(),
    batches: batchesOf(made, dependencies),
    oldOnesGo: sortBy(gone, ({ address }) => timeline.removed(address)!.start).map(nameOf),
    ungated: made.filter((node) => gateOf(node) === undefined).map(nameOf),
    goFirst: replaced.filter(({ createsFirst }) => !createsFirst).map(nameOf),
    readyAfterMinutes,
    doneAfterMinutes: Math.max(
      readyAfterMinutes,
      end(
        gone.map(({ address }) => address),
        timeline.removed,
      ),
    ),
  };
}

function nameOf({ name, address }: Change): string {
  return name ?? address;
}

function reasonsOf({ attributes, reason }: Change): readonly string[] {
  return attributes.length > 0 ? attributes : [reason ?? "unknown"];
}

/** A node is one batch behind the last of the nodes that it waits for. */
function batchesOf(nodes: readonly Change[], dependencies: Dependencies): string[][] {
  const places = new Map<string, number>();
  const byAddress = new Map(nodes.map((node) => [node.address, node]));
  const batches: string[][] = [];
  // In the order of their names, in which nodes wait for each other.
  for (const node of nodes) {
    const waitsFor = [...dependencies.ofNew(node.address)].flatMap((gate) => [gate, ...dependencies.ofNew(gate)]);
    const place = Math.max(0, ...waitsFor.filter((one) => byAddress.has(one)).map((one) => (places.get(one) ?? 0) + 1));
    places.set(node.address, place);
    (batches[place] ??= []).push(nameOf(node));
  }
  return batches;
}

function sortBy<T>(items: readonly T[], key: (item: T) => number): T[] {
  return [...items].sort((a, b) => key(a) - key(b));
}
