/** One thing needs another: a file that it imports, or a folder that it imports from. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * One circle for each set of nodes that all reach each other (strongly connected components), as `a -> b -> a`; none
 * when the arrows lead in one direction. A node's edge to itself is no circle.
 */
export function findCircles(edges: readonly Edge[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reported = new Set<string>();
  const circles: string[] = [];
  for (const node of [...next.keys()].sort()) {
    const way = reported.has(node) ? undefined : findWayBack(node, next);
    if (way === undefined) continue;
    for (const member of componentOf(node, next)) reported.add(member);
    circles.push([...way, node].join(" -> "));
  }
  return circles;
}

/** The shortest way from a node that leads back to it, beginning with the node. */
function findWayBack(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways)
    for (const node of next.get(way.at(-1)!) ?? []) {
      if (node === start) return way;
      if (!seen.has(node)) ways.push([...way, node]);
      seen.add(node);
    }
  return undefined;
}

/** Every node that the node reaches and that reaches it. */
function componentOf(node: string, next: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...reachedFrom(node, next)].filter((other) => reachedFrom(other, next).has(node));
}

function reachedFrom(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set([start]);
  for (const node of reached) for (const other of next.get(node) ?? []) reached.add(other);
  return reached;
}
