import { addressPlan } from "../../../platform/address-plan";
import { parseIpv4, formatIpv4, parseNetwork, type Ipv4Range } from "../../../platform/ipv4-range";
import { unprocessable } from "./errors";

const reservedRange = parseNetwork(addressPlan.reserved.range);
const anchorRange = parseNetwork(addressPlan.anchor.range);

/** What of the local cloud's address plan is given out here, in order. */
export const addressRanges = {
  droplets: range(addressPlan.public.droplets),
  databases: range(addressPlan.public.databases),
  anchors: { first: parseIpv4(addressPlan.anchor.first), last: anchorRange.last - 1 },
  reservedIps: { first: parseIpv4(addressPlan.reserved.first), last: reservedRange.last - 1 },
} as const;

/** Gives out addresses in order and comes back to freed ones last, so that no old connection meets a new machine. */
export class AddressPool {
  private readonly used = new Set<string>();
  private next: number;

  constructor(private readonly range: Ipv4Range) {
    this.next = range.first;
  }

  /** undefined when all are in use. */
  tryTake(): string | undefined {
    const size = this.range.last - this.range.first + 1;
    for (let step = 0; step < size; step += 1) {
      const candidate = formatIpv4(this.range.first + ((this.next - this.range.first + step) % size));
      if (this.used.has(candidate)) continue;
      this.used.add(candidate);
      this.next = parseIpv4(candidate) + 1;
      return candidate;
    }
    return undefined;
  }

  free(address: string): void {
    this.used.delete(address);
  }
}

/** One address of each pool. Throws, and takes none, when one of them has none left. */
export function takeAll<const T extends readonly AddressPool[]>(pools: T): { [K in keyof T]: string } {
  const taken = pools.map((pool) => pool.tryTake());
  if (taken.includes(undefined)) {
    taken.forEach((address, index) => address !== undefined && pools[index]?.free(address));
    throw unprocessable("No addresses are left in this network");
  }
  return taken as { [K in keyof T]: string };
}

/** The pool of a VPC: without the network, the gateway (the first address), three more and the broadcast address. */
export function vpcPool(ipRange: string): AddressPool {
  const { first, last } = parseNetwork(ipRange);
  return new AddressPool({ first: first + 5, last: last - 1 });
}

/** The first address of a VPC is its router. */
export function vpcGateway(ipRange: string): string {
  return formatIpv4(parseNetwork(ipRange).first + 1);
}

function range(ends: { readonly first: string; readonly last: string }): Ipv4Range {
  return { first: parseIpv4(ends.first), last: parseIpv4(ends.last) };
}
