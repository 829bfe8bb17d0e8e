import { domainToASCII } from "node:url";
import { shown } from "./value-checks";

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * A fully qualified host name (RFC 1123, at least two labels, 253 characters at most), in lower case; an internationalized
 * one in its ASCII form (RFC 5890), which is how DNS and certificates have it: `münchen.example` is
 * `xn--mnchen-3ya.example`. It goes into configuration files as it is, so nothing but letters, digits, hyphens and dots
 * gets past here.
 */
export class Hostname {
  /** Throws on anything else: `must be a fully qualified host name such as www.example.com, got "x"`. */
  static parse(text: string): Hostname {
    const refused = new Error(`must be a fully qualified host name such as www.example.com, got ${shown(text)}`);
    if (typeof text !== "string") throw refused;
    // domainToASCII reads a URL's host: it makes addresses of numbers, and leaves out what follows a slash.
    const isInternational = /^(?!\p{ASCII}*$)[\p{L}\p{M}\p{N}.-]+$/u.test(text);
    if (isInternational && text.split(".").some(mixesAlphabets))
      throw new Error(`must not mix letters of alphabets that look alike, got ${shown(text)}`);
    const ascii = isInternational ? domainToASCII(text) : text;
    const labels = ascii.split(".");
    if (ascii.length > 253 || labels.length < 2 || !labels.every((part) => label.test(part))) throw refused;
    // The last label of an IPv4 address, which a name never has (RFC 3696, 2).
    if (/^\d+$/.test(labels.at(-1)!)) throw refused;
    return new Hostname(ascii.toLowerCase());
  }

  private constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** A Cyrillic "а" among Latin letters is a mistake, or somebody's trap: nobody types such a name. */
function mixesAlphabets(part: string): boolean {
  return /\p{Script=Latin}/u.test(part) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(part);
}
