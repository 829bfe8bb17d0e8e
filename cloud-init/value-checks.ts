import { isLate } from "./late-values";
import type { Problem } from "./problems";

/** Longest text that a message shows whole. */
const shownCharacters = 100;

/**
 * A value as a message shows it. Of lists and objects only that they are some, because a secret may be in them, and of
 * letters that look like others their numbers.
 */
export function shown(value: unknown): string {
  if (isLate(value)) return "a value known only at apply";
  if (typeof value === "string") return shownText(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "a list";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "{}" : "an object";
  return String(value);
}

/** The same for what should have been no text, but something in which there may be a secret. */
export function shownKind(value: unknown): string {
  return typeof value === "string" && !isLate(value) ? "a text" : shown(value);
}

function shownText(text: string): string {
  const strange = [...new Set(text.match(/[^\0-\x7e]/gu))].slice(0, 3);
  const codes = strange.map((one) => `U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
  const start = JSON.stringify(text.slice(0, shownCharacters));
  return [
    text.length > shownCharacters ? `${start}… of ${text.length} characters` : start,
    ...(codes.length === 0 ? [] : [`with ${codes.join(", ")}`]),
  ].join(" ");
}

/** What is to be done with a value that should have been a text. */
export function quotesHint(value: unknown): string {
  return ["number", "boolean"].includes(typeof value) && !Number.isNaN(value) && !isLate(value)
    ? ", put it into quotes"
    : "";
}

/** A text that matches a pattern; `what` says it in words. */
export function checkPattern(path: string, value: string, pattern: RegExp, what: string): Problem[] {
  return typeof value === "string" && pattern.test(value)
    ? []
    : [{ path, message: `must be ${what}, got ${shown(value)}${quotesHint(value)}` }];
}

/** One of some words. */
export function checkWord(path: string, value: string, allowed: readonly string[]): Problem[] {
  return allowed.includes(value)
    ? []
    : [{ path, message: `must be one of ${allowed.join(", ")}, got ${shown(value)}${quotesHint(value)}` }];
}

/** Something that is on or off. */
export function checkBoolean(path: string, value: boolean): Problem[] {
  return typeof value === "boolean" ? [] : [{ path, message: `must be true or false, got ${shown(value)}` }];
}

/** One of our own constructs or tables, which a group of the same settings cannot stand for. */
export function checkInstanceOf<T>(path: string, value: T, kind: new (...args: never[]) => T): Problem[] {
  return value instanceof kind ? [] : [{ path, message: `must be a ${kind.name}, got ${shownKind(value)}` }];
}

/** A whole number between two limits. */
export function checkWhole(path: string, value: number, minimum: number, maximum: number): Problem[] {
  return Number.isInteger(value) && value >= minimum && value <= maximum
    ? []
    : [{ path, message: `must be a whole number from ${minimum} to ${maximum}, got ${shown(value)}` }];
}

/** What a file or a variable may hold. The value may be a secret, and is in no message. */
export function checkContent(path: string, value: string): Problem[] {
  if (typeof value !== "string")
    return [{ path, message: `must be a text, got ${secretKind(value)}${quotesHint(value)}` }];
  if (value.includes("\0")) return [{ path, message: "must not hold a NUL character" }];
  // Half of a pair has no bytes in UTF-8: something else would arrive.
  return /\p{Surrogate}/u.test(value) ? [{ path, message: "must not hold half of a surrogate pair" }] : [];
}

/** The same for a secret: of a password that is a number, not even the number. */
export function secretKind(value: unknown): string {
  return ["number", "boolean", "bigint"].includes(typeof value) ? `a ${typeof value}` : shownKind(value);
}

/** Every entry of a list: `alerts.emails[1]: …`. */
export function checkEach<T>(
  path: string,
  values: readonly T[],
  check: (path: string, value: T) => Problem[],
): Problem[] {
  if (!Array.isArray(values))
    return [{ path, message: `must be a list, got ${shownKind(values)}${isEntry(values) ? ", put it into [ ]" : ""}` }];
  // Not the list itself: its holes would be passed over.
  return Array.from(values as T[]).flatMap((value, index) => check(`${path}[${index}]`, value));
}

/** What may well be the one entry of a list. */
function isEntry(value: unknown): boolean {
  return ["string", "number", "object"].includes(typeof value) && value !== null;
}

/** Whether something can be a group of settings, or a list of names and their values. */
export function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every value of an object whose names are free: `app.workers.mailer: …`. */
export function checkRecord<T>(
  path: string,
  values: Readonly<Record<string, T>>,
  check: (path: string, name: string, value: T) => Problem[],
): Problem[] {
  if (!isGroup(values)) return [{ path, message: `must be an object of names and values, got ${shownKind(values)}` }];
  return Object.entries(values).flatMap(([name, value]) => check(memberPath(path, name), name, value));
}

/** Path of what a group has, whatever it is called: a message is one line. */
export function memberPath(path: string, name: string): string {
  if (!/^[\w-]{1,100}$/.test(name)) return `${path}[${shown(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** An id that DigitalOcean made (RFC 9562); may be late. */
export function checkId(path: string, value: string): Problem[] {
  const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  return isLate(value) ? [] : checkPattern(path, value, pattern, "an id of 32 hexadecimal digits and 4 hyphens");
}
