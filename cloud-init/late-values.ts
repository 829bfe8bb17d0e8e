import { Fn, type IResolveContext, Lazy, LazyBase, Token, Tokenization } from "cdktf";

/**
 * Values that only Terraform knows, at apply: the one place where text for hosts meets cdktf.
 * A late value is a cdktf token in a string. Encoding such a string in TypeScript would encode the token's marker, so
 * the encoding is left to Terraform: literal pieces travel through `base64decode`, where no character means anything
 * to Terraform, and are joined there with the values. The result is byte-exact for `"`, `\`, `${`, `%{` and UTF-8.
 */

/** What a token looks like inside a string (cdktf `lib/tokens/private/encoding`). */
const marker = /(\$\{TfToken\[[A-Za-z0-9:._-]+\]\})/;

/** Whether `text` is, or contains, a value that is known only at apply. */
export function isLate(text: unknown): boolean {
  return Token.isUnresolved(text);
}

/** Number of late values in `text`. */
export function countLate(text: string): number {
  return isLate(text) ? (text.split(marker).length - 1) / 2 : 0;
}

/** `text` without its late values: what can be checked and measured now. */
export function earlyPart(text: string): string {
  return isLate(text)
    ? text
        .split(marker)
        .filter((_, index) => index % 2 === 0)
        .join("")
    : text;
}

/** Base64 of the UTF-8 text, or the Terraform expression that computes it when a part of it is late. */
export function encodeBase64(text: string): string {
  if (!isLate(text)) return Buffer.from(text, "utf8").toString("base64");
  const parts = text.split(marker).filter((piece) => piece !== "");
  if (parts.some((piece) => tryFindLazy(piece) !== undefined))
    return Lazy.stringValue({
      produce: (context) => encodeBase64(parts.map((piece) => expand(piece, context)).join("")),
    });
  const pieces = parts.map((piece) =>
    isLate(piece) ? piece : Fn.base64decode(Buffer.from(piece, "utf8").toString("base64")),
  );
  const [first = "", ...others] = pieces;
  return Fn.base64encode(others.length === 0 ? first : Fn.join("", pieces));
}

/**
 * cdktf's `Lazy`, whose text is made when the JSON is. It may be literal text around other late values, and that no
 * function of Terraform takes: cdktf would write the text into the function's arguments as it is, as code.
 */
function tryFindLazy(piece: string): LazyBase | undefined {
  return Tokenization.reverseString(piece).tokens.find((token) => token instanceof LazyBase);
}

function expand(piece: string, context: IResolveContext): string {
  const lazy = tryFindLazy(piece);
  return lazy === undefined ? piece : String(lazy.resolve(context));
}
