import { shown } from "./value-checks";

/** A TCP or UDP port, 1 to 65535. */
export class Port {
  /** Throws on anything else: `must be a whole number from 1 to 65535, got 0`. */
  static parse(value: number): Port {
    if (!Number.isInteger(value) || value < 1 || value > 65535) {
      throw new Error(`must be a whole number from 1 to 65535, got ${shown(value)}`);
    }
    return new Port(value);
  }

  private constructor(readonly value: number) {}

  toString(): string {
    return String(this.value);
  }
}
