/** TCP or UDP ports from one to another, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const ALL_PORTS: PortRange = { first: 1, last: 65535 };

/** "80", "8000-8100"; "all", "0" and nothing are all ports, as DigitalOcean reads them. */
export function parsePortRange(text: unknown): PortRange {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(String(text ?? "all")) ?? [];
  if (first === undefined || first === "0") return ALL_PORTS;
  return { first: Number(first), last: Number(last ?? first) };
}

/** What both have; undefined: nothing. */
export function common(one: PortRange, other: PortRange): PortRange | undefined {
  const [first, last] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
  return first <= last ? { first, last } : undefined;
}

/** In order, overlapping ones as one: "80, 8000-8100", or "all". */
export function formatPortRanges(ranges: readonly PortRange[]): string {
  const merged: PortRange[] = [];
  for (const range of [...ranges].sort((one, other) => one.first - other.first)) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else merged.splice(-1, 1, { first: before.first, last: Math.max(before.last, range.last) });
  }
  if (merged.length === 1 && merged[0]!.first <= 1 && merged[0]!.last === ALL_PORTS.last) return "all";
  return merged.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}
