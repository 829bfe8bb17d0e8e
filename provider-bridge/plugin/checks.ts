import { isList, isUnknown, type Value } from "./values";
import type { Check } from "./schema";

/** Checks of configured values, with the texts of the providers' own validators. */

/** Neither `""` nor `0`. */
export const notZero: Check = (value, where) =>
  value === "" || value === 0 ? `${where} must not be empty, got ${value}` : undefined;

export const notEmpty: Check = (value, where) =>
  value === "" ? `expected "${where}" to not be an empty string, got ${value}` : undefined;

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, where) => {
    if (allowed.includes(value as string | number)) return undefined;
    return `expected ${where} to be one of [${allowed.map((item) => JSON.stringify(item)).join(" ")}], got ${value}`;
  };
}

/** One of the words, in any case. */
export function oneWordOf(...allowed: readonly string[]): Check {
  return (value, where) => {
    if (allowed.includes(String(value).toLowerCase())) return undefined;
    return `Attribute ${where} value must be one of: [${allowed.map((item) => `"${item}"`).join(" ")}], got: "${value}"`;
  };
}

export function between(least: number, most: number): Check {
  return (value, where) =>
    Number(value) >= least && Number(value) <= most
      ? undefined
      : `expected ${where} to be in the range (${least} - ${most}), got ${value}`;
}

export function atLeast(least: number): Check {
  return (value, where) =>
    Number(value) >= least ? undefined : `expected ${where} to be at least (${least}), got ${value}`;
}

/** Length of a string, in characters. */
export function lengthBetween(least: number, most: number): Check {
  return (value, where) => {
    const { length } = String(value);
    if (length >= least && length <= most) return undefined;
    return `expected length of ${where} to be in the range (${least} - ${most}), got ${value}`;
  };
}

export function matching(pattern: RegExp, rule: string): Check {
  return (value, where) => (pattern.test(String(value)) ? undefined : `Attribute ${where} ${rule}, got: "${value}"`);
}

/** Each known element of a list or set. */
export function each(check: Check): Check {
  return (value, where) => {
    if (!isList(value)) return undefined;
    const problems = value.map((element: Value, index) =>
      element === null || isUnknown(element) ? undefined : check(element, `${where}.${index}`),
    );
    return problems.find((problem) => problem !== undefined);
  };
}

/** Number of elements of a list or set. */
export function sizeBetween(least: number, most: number): Check {
  return (value, where) => {
    const size = isList(value) ? value.length : 0;
    if (size >= least && size <= most) return undefined;
    return `expected ${where} to have ${least} to ${most} elements, got ${size}`;
  };
}

export function allOf(...checks: readonly Check[]): Check {
  return (value, where) => {
    for (const check of checks) {
      const problem = check(value, where);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}
