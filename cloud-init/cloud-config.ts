import { gzipSync } from "fflate";
import { defaultPermissions, type HostFile } from "./host-file";
import { countLate, earlyPart, encodeBase64, isLate } from "./late-values";

/** What becomes the user-data of a droplet. */
export interface CloudConfig {
  readonly packages: readonly string[];
  readonly files: readonly HostFile[];
  /** Commands in order, as argument lists; the first that fails ends the boot with an error. */
  readonly commands: ReadonlyArray<readonly string[]>;
}

/** DigitalOcean's limit for user-data (API description, `POST /v2/droplets`). */
export const userDataLimitBytes = 65536;

/**
 * User-data: `#cloud-config` and one JSON document (JSON is YAML). Every file travels as base64, those of half a
 * kilobyte and more compressed first, because a load balancer's programs alone would not fit otherwise. Throws when the
 * result cannot fit into 64 KiB.
 */
export function renderCloudConfig(config: CloudConfig): string {
  const document = {
    package_update: true,
    packages: config.packages,
    ssh_pwauth: false,
    write_files: config.files.map(renderFile),
    // The list becomes one shell script: without `set -e` only the last command's failure would be seen.
    runcmd: ["set -e", ...config.commands],
  };
  const text = `#cloud-config\n${JSON.stringify(document)}\n`;
  checkTerraformText(earlyPart(text));
  checkSize(text, config.files);
  return text;
}

function renderFile(file: HostFile): Record<string, string> {
  return {
    path: file.path,
    permissions: file.permissions ?? defaultPermissions(file.path),
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    ...encode(file.content),
  };
}

interface Encoded {
  readonly encoding: "b64" | "gz+b64";
  readonly content: string;
}

/**
 * User-data must be the same bytes on every machine, or droplets would be replaced: zlib's output differs between Node
 * versions and processors, while fflate is plain JavaScript, pinned exactly, and gets no time to write.
 *
 * Below this size, compressing gains too little to make the user-data harder to read.
 */
const compressFromBytes = 512;
const compressed = new Map<string, Encoded>();

function encode(content: string | Buffer): Encoded {
  if (typeof content === "string" && isLate(content)) return { encoding: "b64", content: encodeBase64(content) };
  const bytes = Buffer.from(content);
  const plain: Encoded = { encoding: "b64", content: bytes.toString("base64") };
  if (bytes.length < compressFromBytes) return plain;
  // Every role has the base's files: compressed once.
  const known = compressed.get(plain.content);
  if (known !== undefined) return known;
  const packed = Buffer.from(gzipSync(bytes, { level: 9, mtime: 0 }));
  const result: Encoded =
    packed.length < bytes.length ? { encoding: "gz+b64", content: packed.toString("base64") } : plain;
  compressed.set(plain.content, result);
  return result;
}

/** Terraform would take these for an expression, wherever they stand. Contents of files are base64 and cannot. */
function checkTerraformText(text: string): void {
  const found = /[$%]\{/.exec(text);
  if (found) {
    throw new Error(`user-data: "${found[0]}" outside of a file's content, near "${around(text, found.index)}"`);
  }
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 20), index + 20);
}

/** Counts late values with what their file reserves for each, because their length is not known before apply. */
function checkSize(text: string, files: readonly HostFile[]): void {
  const late = files.reduce((sum, file) => sum + lateBytes(file), 0);
  const total = Buffer.byteLength(earlyPart(text)) + late;
  if (total <= userDataLimitBytes) return;
  const largest = files
    .map((file) => ({ path: file.path, bytes: earlyPart(encode(file.content).content).length + lateBytes(file) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5)
    .map(({ path, bytes }) => `${path} ${bytes}`);
  throw new Error(
    `user-data: must fit into ${userDataLimitBytes} bytes, got ${total}; make files smaller or fetch them at boot, ` +
      `largest as they travel: ${largest.join(", ")}`,
  );
}

function lateBytes(file: HostFile): number {
  if (Buffer.isBuffer(file.content) || !isLate(file.content)) return 0;
  const bytes = Buffer.byteLength(earlyPart(file.content)) + countLate(file.content) * (file.reserveBytes ?? 128);
  return Math.ceil(bytes / 3) * 4;
}
