import { isIP } from "node:net";
import { bitString, element, objectId, octetString, sequence, truth } from "./der";
import { extendedKeyUsageIds, keyUsageBits } from "./key-usages";

/** Extensions of certificates and requests (RFC 5280 4.2). Each function returns one, or none if there is nothing. */

export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

export const alternativeNamesId = "2.5.29.17";

export function alternativeNames({ dnsNames, ipAddresses, uris }: AlternativeNames, critical = false): Buffer[] {
  const names = [
    ...dnsNames.map((name) => element(0x82, Buffer.from(name, "latin1"))),
    ...uris.map((uri) => element(0x86, Buffer.from(uri, "latin1"))),
    ...ipAddresses.map((address) => element(0x87, addressBytes(address))),
  ];
  return names.length === 0 ? [] : [extension(alternativeNamesId, sequence(...names), critical)];
}

export function keyUsage(uses: readonly string[]): Buffer[] {
  const bits = uses.map((use) => keyUsageBits[use]).filter((bit) => bit !== undefined);
  if (bits.length === 0) return [];
  const last = Math.max(...bits);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return [extension("2.5.29.15", bitString(bytes, 7 - (last % 8)), true)];
}

export function extendedKeyUsage(uses: readonly string[]): Buffer[] {
  const ids = uses.map((use) => extendedKeyUsageIds[use]).filter((id) => id !== undefined);
  return ids.length === 0 ? [] : [extension("2.5.29.37", sequence(...ids.map(objectId)))];
}

export function basicConstraints(isAuthority: boolean): Buffer[] {
  return [extension("2.5.29.19", sequence(...(isAuthority ? [truth()] : [])), true)];
}

export const subjectKeyIdentifierId = "2.5.29.14";

export function subjectKeyIdentifier(id: Buffer | undefined): Buffer[] {
  return id ? [extension(subjectKeyIdentifierId, octetString(id))] : [];
}

export function authorityKeyIdentifier(id: Buffer | undefined): Buffer[] {
  return id ? [extension("2.5.29.35", sequence(element(0x80, id)))] : [];
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [truth()] : []), octetString(value));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  if (isIP(address) !== 6) throw new Error(`Invalid IP address: failed to parse "${address}"`);
  // The URL parser writes an IPv6 address in its canonical short form without a dotted part.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const all = tail === undefined ? before : [...before, ...zeros, ...after];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}
