import { isIPv4, isIPv6 } from "node:net";
import { shown } from "./value-checks";

/** An IPv4 or IPv6 network, `10.10.0.0/24`: address bits behind the prefix must be zero. */
export class Cidr {
  /** Throws on anything else: `must be a network such as 10.10.0.0/24, got "10.10.0.1/24" (its network is …)`. */
  static parse(text: string): Cidr {
    const [address, prefix, ...rest] = typeof text === "string" ? text.split("/") : [];
    const bits = address !== undefined && isIPv4(address) ? 32 : address !== undefined && isIPv6(address) ? 128 : 0;
    const length = Number(prefix);
    const wellFormed =
      bits > 0 &&
      !address!.includes("%") &&
      rest.length === 0 &&
      /^(0|[1-9][0-9]{0,2})$/.test(prefix ?? "") &&
      length <= bits;
    if (!wellFormed) throw new Error(`must be a network such as 10.10.0.0/24, got ${shown(text)}`);
    if (bits === 32) {
      const network = networkOf(address as string, length);
      if (network !== address) {
        throw new Error(`must be a network such as 10.10.0.0/24, got "${text}" (its network is ${network}/${length})`);
      }
    }
    return new Cidr(text.toLowerCase());
  }

  private constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** The 32 bits of an IPv4 address that `isIPv4` accepts, as a number. */
export function ipv4Number(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function networkOf(address: string, prefixLength: number): string {
  const value = ipv4Number(address);
  const size = 2 ** (32 - prefixLength);
  const network = Math.floor(value / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join(".");
}
