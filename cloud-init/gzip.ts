/**
 * gzip (RFC 1952) whose output depends on nothing but its input. User-data must be the same bytes on every machine, or
 * droplets would be replaced; zlib's header differs between systems, and what it compresses to between Node versions
 * and processors. Deflate with fixed codes only (RFC 1951): text ends at about half its size, in sixty lines.
 */
export function gzip(input: Buffer): Buffer {
  // No name, no time, unknown system.
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(input), 0);
  trailer.writeUInt32LE(input.length, 4);
  return Buffer.concat([header, deflate(input), trailer]);
}

const minMatch = 3;
const maxMatch = 258;
const windowSize = 32768;
const hashBits = 14;
/** Earlier places to try for each match: more is smaller and slower. */
const maxTries = 64;

function deflate(input: Buffer): Buffer {
  const bits = new BitWriter();
  // One last block with fixed codes.
  bits.write(0b011, 3);
  const lastPlace = new Int32Array(1 << hashBits).fill(-1);
  const previous = new Int32Array(input.length);
  const remember = (at: number): void => {
    if (at + minMatch > input.length) return;
    const hash = hashOf(input, at);
    previous[at] = lastPlace[hash] as number;
    lastPlace[hash] = at;
  };
  for (let at = 0; at < input.length;) {
    remember(at);
    const match = longestMatch(input, at, previous);
    if (match.length < minMatch) {
      writeSymbol(bits, input[at] as number);
      at += 1;
      continue;
    }
    writeLength(bits, match.length);
    writeDistance(bits, match.distance);
    for (let next = at + 1; next < at + match.length; next++) remember(next);
    at += match.length;
  }
  writeSymbol(bits, 256);
  return bits.toBuffer();
}

/** Places with the same three bytes share a hash; that others may share it too costs only tries. */
function hashOf(input: Buffer, at: number): number {
  const three = ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
  return Math.imul(three, 0x9e3779b1) >>> (32 - hashBits);
}

function longestMatch(input: Buffer, at: number, previous: Int32Array): { length: number; distance: number } {
  let [length, distance] = [0, 0];
  const limit = Math.min(maxMatch, input.length - at);
  if (limit < minMatch) return { length, distance };
  let place = previous[at] as number;
  for (let tries = 0; tries < maxTries && place >= 0 && at - place <= windowSize; tries++) {
    let same = 0;
    while (same < limit && input[place + same] === input[at + same]) same++;
    if (same > length) [length, distance] = [same, at - place];
    place = previous[place] as number;
  }
  return { length, distance };
}

/** Literals, the end (256) and length codes, by the fixed code of RFC 1951, 3.2.6. */
function writeSymbol(bits: BitWriter, symbol: number): void {
  if (symbol < 144) bits.writeCode(0x30 + symbol, 8);
  else if (symbol < 256) bits.writeCode(0x190 + symbol - 144, 9);
  else if (symbol < 280) bits.writeCode(symbol - 256, 7);
  else bits.writeCode(0xc0 + symbol - 280, 8);
}

function writeLength(bits: BitWriter, length: number): void {
  if (length === maxMatch) return writeSymbol(bits, 285);
  // Codes 257 to 264 are the lengths 3 to 10; then each power of two is split into four.
  const value = length - minMatch;
  const extra = Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 2);
  writeSymbol(bits, 257 + extra * 4 + (value >> extra));
  bits.write(value & ((1 << extra) - 1), extra);
}

function writeDistance(bits: BitWriter, distance: number): void {
  // Codes 0 to 3 are the distances 1 to 4; then each power of two is split into two.
  const value = distance - 1;
  const extra = Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 1);
  bits.writeCode(extra * 2 + (value >> extra), 5);
  bits.write(value & ((1 << extra) - 1), extra);
}

/** Bits go into bytes from the lowest on; codes, unlike numbers, with their highest bit first (RFC 1951, 3.1.1). */
class BitWriter {
  private readonly bytes: number[] = [];
  private pending = 0;
  private count = 0;

  write(value: number, length: number): void {
    this.pending |= value << this.count;
    for (this.count += length; this.count >= 8; this.count -= 8) {
      this.bytes.push(this.pending & 255);
      this.pending >>>= 8;
    }
  }

  writeCode(code: number, length: number): void {
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed = (reversed << 1) | ((code >> bit) & 1);
    this.write(reversed, length);
  }

  toBuffer(): Buffer {
    return Buffer.from(this.count > 0 ? [...this.bytes, this.pending] : this.bytes);
  }
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

function crc32(input: Buffer): number {
  let sum = -1;
  for (let at = 0; at < input.length; at++) {
    sum = (sum >>> 8) ^ (crcTable[(sum ^ (input[at] as number)) & 255] as number);
  }
  return ~sum >>> 0;
}
