/** Who may open connections to whom, as `npm run prove -- --json` says it. */
export interface Reach {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  /** "80, 8000-8100", "all"; empty for icmp. */
  readonly ports: string;
}

/** One probe that was answered. */
export interface Reached {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  /** 0 for icmp. */
  readonly port: number;
}

/** One row of the table: the ports that were tried, by what was proved and by what was measured. */
export interface Row {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly proved: readonly number[];
  readonly measured: readonly number[];
}

/** Ports that are tried on everything: both ends of what is proved, and what listens on nodes or is often forgotten. */
export function portsToTry(proved: readonly Reach[], protocol: string): number[] {
  const ends = proved.filter((reach) => reach.protocol === protocol).flatMap(({ ports }) => rangesOf(ports).flat());
  return [...new Set([...ends, ...(OFTEN[protocol] ?? [])])].sort((one, other) => one - other);
}

const OFTEN: Readonly<Record<string, readonly number[]>> = {
  tcp: [
    ...[1, 22, 25, 53, 80, 81, 111, 443, 1023, 2019, 3306, 5000, 5355, 5432, 6379, 6432, 6433, 8000, 8001, 8080],
    ...[8404, 8405, 8500, 8501, 8502, 9090, 9100, 9273, 25060, 25061, 65535],
  ],
  udp: [53, 123, 161, 4790, 5353, 5355, 51820],
};

/** Rows for every pair that something was proved or measured of. Of UDP 4789 nothing is heard: VXLAN answers nobody. */
export function compare(
  proved: readonly Reach[],
  measured: readonly Reached[],
  tried: Readonly<Record<string, readonly number[]>>,
): Row[] {
  const rows = new Map<string, { from: string; to: string; protocol: string; proved: number[]; measured: number[] }>();
  const rowOf = (from: string, to: string, protocol: string) => {
    const key = JSON.stringify([to, from, protocol]);
    const row = rows.get(key) ?? { from, to, protocol, proved: [], measured: [] };
    rows.set(key, row);
    return row;
  };
  for (const { from, to, protocol, ports } of proved.flatMap(withCloudflare)) {
    const ranges = rangesOf(ports);
    const inOne = (port: number) => ranges.some(([first, last]) => first <= port && port <= last);
    const found = protocol === "icmp" ? [0] : (tried[protocol] ?? []).filter(inOne);
    const heard = found.filter((port) => !(protocol === "udp" && port === VXLAN));
    const row = rowOf(from, to, protocol);
    row.proved.push(...heard.filter((port) => !row.proved.includes(port)));
  }
  for (const { from, to, protocol, port } of measured) {
    const row = rowOf(from, to, protocol);
    if (!row.measured.includes(port)) row.measured.push(port);
  }
  const inOrder = (ports: number[]) => ports.sort((one, other) => one - other);
  return [...rows.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, row]) => ({ ...row, proved: inOrder(row.proved), measured: inOrder(row.measured) }));
}

const VXLAN = 4789;

/** What holds for any address holds for Cloudflare's. */
function withCloudflare(reach: Reach): Reach[] {
  if (reach.to === "any address") return [reach, { ...reach, to: "Cloudflare" }];
  return reach.from === "any address" ? [reach, { ...reach, from: "Cloudflare" }] : [reach];
}

/** Whether both say the same. */
export function agrees({ proved, measured }: Row): boolean {
  return proved.join() === measured.join();
}

function rangesOf(ports: string): Array<readonly [number, number]> {
  if (ports === "") return [];
  if (ports === "all") return [[1, 65535]];
  return ports.split(", ").map((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number?];
    return [first, last ?? first];
  });
}
