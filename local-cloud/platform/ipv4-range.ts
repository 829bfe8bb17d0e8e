/** An IPv4 range, both ends included, as numbers. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** Parses an address or CIDR (host bits are ignored); undefined for IPv6, which this cloud does not have. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  if (text.includes(":")) return undefined;
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  const bytes = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5] ?? 32);
  if (!match || bytes.some((byte) => byte > 255) || prefix > 32) {
    throw new Error(`address: must be IPv4 or IPv6, with or without a prefix length, got ${JSON.stringify(text)}`);
  }
  const size = 2 ** (32 - prefix);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** The same addresses in the least number of ranges, in order: nftables refuses a set whose elements overlap. */
export function mergeRanges(ranges: readonly Ipv4Range[]): Ipv4Range[] {
  const merged: Ipv4Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous && range.first <= previous.last + 1) {
      merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
    } else merged.push(range);
  }
  return merged;
}

/** The n-th address of a CIDR, counted from its network address. */
export function addressInRange(cidr: string, index: number): string {
  const range = parseIpv4Range(cidr);
  if (!range || range.first + index > range.last) throw new Error(`${cidr}: has no address number ${index}`);
  return formatIpv4(range.first + index);
}

/** `255.255.240.0` of `10.20.0.0/20`. */
export function netmaskOf(cidr: string): string {
  const range = parseIpv4Range(cidr);
  if (!range) throw new Error(`${cidr}: has no IPv4 netmask`);
  return formatIpv4(2 ** 32 - (range.last - range.first + 1));
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
