import { gzipSync } from "fflate";

/** Never a line inside of a part: those are base64, or begin with `#` or `{`. */
const BOUNDARY = "part-of-user-data";

/** One part of a message: header lines, and what follows them. */
export interface Part {
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * A MIME message of several parts (RFC 2046), which cloud-init takes for user-data and DigitalOcean for plain text:
 * https://docs.cloud-init.io/en/latest/explanation/format.html. Compressed or base64 as a whole it would be neither.
 */
export function renderMultipart(parts: readonly Part[]): string {
  const rendered = parts.map(({ headers, body }) => `--${BOUNDARY}\n${headers.join("\n")}\n\n${body}\n`);
  return `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n${rendered.join("")}--${BOUNDARY}--\n`;
}

const compressed = new Map<string, string>();

/**
 * A part that travels compressed; cloud-init finds out by its first line what it is.
 *
 * User-data must be the same bytes on every machine, or droplets would be replaced: zlib's output differs between Node
 * versions and processors, while fflate is plain JavaScript, pinned exactly, and gets no time to write.
 */
export function compressedPart(text: string): Part {
  // Stacks with many nodes, and tests, make the same text again and again.
  const body = compressed.get(text) ?? compress(text);
  compressed.set(text, body);
  return { headers: ["Content-Type: application/gzip", "Content-Transfer-Encoding: base64"], body };
}

/** A part that travels as base64, so that nothing in it means anything to Terraform. */
export function encodedPart(headers: readonly string[], text: string): Part {
  return { headers: [...headers, "Content-Transfer-Encoding: base64"], body: inLines(Buffer.from(text)) };
}

function compress(text: string): string {
  // In one line, which cloud-init reads as well as many (Python's email package) and which are 1.3 % longer: a load
  // balancer has not much room left.
  return Buffer.from(gzipSync(Buffer.from(text), { level: 9, mtime: 0 })).toString("base64");
}

/** Base64 in lines of 76 characters (RFC 2045, 6.8). */
function inLines(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\n");
}
