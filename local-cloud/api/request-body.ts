/**
 * The JSON object of a request, read field by field. `fail` makes the vendor's error for a field that is not as it must
 * be. `null` counts as absent everywhere, and so does `""` for optional texts: both providers send them for "not set".
 */
export class RequestBody {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly fail: (message: string) => Error,
  ) {
    if (value !== undefined && value !== null && !isObject(value)) throw fail("the body must be a JSON object");
    this.fields = (value ?? {}) as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  /** All fields, as they came. */
  entries(): Readonly<Record<string, unknown>> {
    return this.fields;
  }

  raw(name: string): unknown {
    return this.fields[name];
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.fail(`${name} is required`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") throw this.fail(`${name} must be a string`);
    return value;
  }

  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value === undefined) throw this.fail(`${name} is required`);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.fail(`${name} must be a number`);
    return value;
  }

  flag(name: string, whenAbsent: boolean): boolean {
    const value = this.fields[name];
    if (value === undefined || value === null) return whenAbsent;
    if (typeof value !== "boolean") throw this.fail(`${name} must be true or false`);
    return value;
  }

  texts(name: string): string[] {
    return this.list(name).map((value) => {
      if (typeof value !== "string") throw this.fail(`${name} must be a list of strings`);
      return value;
    });
  }

  numbers(name: string): number[] {
    return this.list(name).map((value) => {
      if (typeof value !== "number") throw this.fail(`${name} must be a list of numbers`);
      return value;
    });
  }

  objects(name: string): RequestBody[] {
    return this.list(name).map((value) => new RequestBody(value, this.fail));
  }

  object(name: string): RequestBody {
    return new RequestBody(this.fields[name], this.fail);
  }

  /** One of `allowed`. */
  choice<T extends string>(name: string, allowed: readonly T[], whenAbsent?: T): T {
    const value = this.optionalText(name) ?? whenAbsent;
    if (value === undefined) throw this.fail(`${name} is required`);
    if (!(allowed as readonly string[]).includes(value)) {
      throw this.fail(`${name} must be one of ${allowed.join(", ")}, got ${value}`);
    }
    return value as T;
  }

  list(name: string): unknown[] {
    const value = this.fields[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.fail(`${name} must be a list`);
    return value;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
