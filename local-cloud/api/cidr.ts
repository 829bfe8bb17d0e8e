import { isIPv4, isIPv6 } from "node:net";

/** An IPv4 range as numbers, both ends included. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Reads `10.20.0.0/20`; undefined unless the text is an IPv4 network whose host bits are zero. */
export function tryParseNetwork(text: string): Range | undefined {
  const [address = "", prefixText = "", ...rest] = text.split("/");
  const prefix = Number(prefixText);
  if (rest.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(prefixText) || prefix > 32) return undefined;
  const first = addressNumber(address);
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

/** Reads a network known to be good. Throws when it is not. */
export function parseNetwork(text: string): Range {
  const range = tryParseNetwork(text);
  if (!range) throw new Error(`network: must be an IPv4 range such as 10.20.0.0/20, got ${text}`);
  return range;
}

/** Whether two ranges share an address. */
export function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether all of `inner` lies in `outer`. */
export function contains(outer: Range, inner: Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** Netmask of a prefix length, `255.255.240.0`. */
export function netmask(prefix: number): string {
  return addressText(2 ** 32 - 2 ** (32 - prefix));
}

/** An IPv4 address as a number of 32 bits. */
export function addressNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The reverse of `addressNumber`. */
export function addressText(value: number): string {
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
