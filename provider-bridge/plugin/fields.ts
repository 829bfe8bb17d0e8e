import { isList, isObject, isUnknown, type Value, type Values } from "./values";

/** Reads values as the plugin SDK v2 does: what is not set, or not known, is the zero value of its type. */
export class Fields {
  constructor(readonly values: Values) {}

  /** Whether the value is set and not the zero value. */
  has(name: string): boolean {
    const value = this.values[name] ?? null;
    if (value === null || isUnknown(value)) return false;
    return isList(value) ? value.length > 0 : value !== "" && value !== 0 && value !== false;
  }

  string(name: string): string {
    const value = this.values[name];
    return typeof value === "string" ? value : "";
  }

  number(name: string): number {
    const value = this.values[name];
    return typeof value === "number" ? value : 0;
  }

  bool(name: string): boolean {
    return this.values[name] === true;
  }

  /** Elements of a list or set of strings. */
  strings(name: string): string[] {
    return this.elements(name).filter((element) => typeof element === "string");
  }

  /** Elements of a list or set of numbers. */
  numbers(name: string): number[] {
    return this.elements(name).filter((element) => typeof element === "number");
  }

  /** The blocks of a name, none when there are none. */
  blocks(name: string): Fields[] {
    return this.elements(name)
      .filter(isObject)
      .map((element) => new Fields(element));
  }

  private elements(name: string): readonly Value[] {
    const value = this.values[name];
    return isList(value) ? value : [];
  }
}
