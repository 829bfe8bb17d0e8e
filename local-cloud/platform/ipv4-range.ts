import { isIPv4, isIPv6 } from "node:net";

/** An IPv4 range, both ends included, as numbers of 32 bits. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** An IPv4 network (RFC 4632): a range that begins at a multiple of its size. */
export interface Ipv4Network extends Ipv4Range {
  readonly prefix: number;
}

/** Reads an address or CIDR (host bits are ignored); undefined for IPv6, which this cloud does not have. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  if (!isAddressOrCidr(text)) {
    throw new Error(`address: must be IPv4 or IPv6, with or without a prefix length, got ${JSON.stringify(text)}`);
  }
  const [address, prefix] = asCidr(text).split("/");
  return isIPv4(address!) ? networkAround(parseIpv4(address!), Number(prefix)) : undefined;
}

/** Reads `10.20.0.0/20`; undefined unless the text is an IPv4 network whose host bits are zero. */
export function tryParseNetwork(text: string): Ipv4Network | undefined {
  const [address = "", prefix] = text.split("/");
  if (prefix === undefined || !isIPv4(address) || !isAddressOrCidr(text)) return undefined;
  const first = parseIpv4(address);
  const network = networkAround(first, Number(prefix));
  return network.first === first ? network : undefined;
}

/** Reads a network known to be good. Throws when it is not. */
export function parseNetwork(text: string): Ipv4Network {
  const network = tryParseNetwork(text);
  if (!network) throw new Error(`network: must be an IPv4 range such as 10.20.0.0/20, got ${text}`);
  return network;
}

function networkAround(address: number, prefix: number): Ipv4Network {
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1, prefix };
}

/** Whether two ranges share an address. */
export function overlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether all of `inner` lies in `outer`. */
export function contains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
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

/** An IPv4 address as a number of 32 bits. */
export function parseIpv4(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** The reverse of `parseIpv4`. */
export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Whether a text is an IPv4 or IPv6 address, alone or with a prefix length. */
export function isAddressOrCidr(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const longest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  if (longest < 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
}

/** The same address as CIDR: a bare one gets the prefix length of a single host. */
export function asCidr(text: string): string {
  if (text.includes("/")) return text;
  return isIPv4(text) ? `${text}/32` : `${text}/128`;
}
