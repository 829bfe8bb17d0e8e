import { isIPv4 } from "node:net";
import { Cidr, ipv4Number } from "../cloud-init/cidr";
import { shown } from "../cloud-init/value-checks";

/** An IPv4 network (RFC 4632) that can be compared with others. */
export class AddressRange {
  /** Reads `10.112.0.0/20`. Throws an Error that says what is wrong with the text. */
  public static parse(text: string): AddressRange {
    const [address, prefix] = Cidr.parse(text).toString().split("/");
    if (!isIPv4(address!)) throw new Error(`must be an IPv4 network such as 10.112.0.0/20, got ${shown(text)}`);
    return new AddressRange(text, ipv4Number(address!), Number(prefix));
  }

  private constructor(
    private readonly text: string,
    private readonly first: number,
    /** Length of the network part in bits, 0 to 32. */
    public readonly prefix: number,
  ) {}

  /** Whether the ranges have an address in common. */
  public overlaps(other: AddressRange): boolean {
    return this.first < other.end && other.first < this.end;
  }

  /** Whether every address of `other` is in this range. */
  public contains(other: AddressRange): boolean {
    return this.first <= other.first && other.end <= this.end;
  }

  public toString(): string {
    return this.text;
  }

  private get end(): number {
    return this.first + 2 ** (32 - this.prefix);
  }
}
