import type { Problem } from "./problems";

/** Something that is on or off. */
export function checkBoolean(path: string, value: boolean): Problem[] {
  return typeof value === "boolean" ? [] : [{ path, message: `must be true or false, got ${JSON.stringify(value)}` }];
}

/** A whole number between two limits. */
export function checkWhole(path: string, value: number, minimum: number, maximum: number): Problem[] {
  return Number.isInteger(value) && value >= minimum && value <= maximum
    ? []
    : [{ path, message: `must be a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(value)}` }];
}

/** Every entry of a list: `alerts.emails[1]: …`. */
export function checkEach<T>(
  path: string,
  values: readonly T[],
  check: (path: string, value: T) => Problem[],
): Problem[] {
  if (!Array.isArray(values)) return [{ path, message: `must be a list, got ${JSON.stringify(values)}` }];
  return values.flatMap((value: T, index) => check(`${path}[${index}]`, value));
}
