import { UserError } from "./user-error";

/** The value of a command line's option that is a whole number between two limits. */
export function parseCount(option: string, text: string, minimum: number, maximum: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= minimum && count <= maximum) return count;
  throw new UserError(`${option}: must be a whole number from ${minimum} to ${maximum}, got "${text}"`);
}
