import { defaultPermissions, type HostFile } from "./host-file";
import { countLate, earlyPart, encodeBase64 } from "./late-values";

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
 * User-data: `#cloud-config` and one JSON document (JSON is YAML), every file as base64. Not gzip: DigitalOcean does
 * not unpack it, and its header differs between platforms. Throws when the result cannot fit into 64 KiB.
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
  checkSize(config.files, document);
  return text;
}

function renderFile(file: HostFile): Record<string, string> {
  return {
    path: file.path,
    permissions: file.permissions ?? defaultPermissions(file.path),
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    encoding: "b64",
    content: Buffer.isBuffer(file.content) ? file.content.toString("base64") : encodeBase64(file.content),
  };
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
function checkSize(files: readonly HostFile[], document: object): void {
  const empty = JSON.stringify({
    ...document,
    write_files: files.map((file) => ({ ...renderFile(file), content: "" })),
  });
  const sizes = files.map((file) => ({ path: file.path, bytes: Math.ceil(contentBytes(file) / 3) * 4 }));
  const total =
    "#cloud-config\n\n".length + Buffer.byteLength(empty) + sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= userDataLimitBytes) return;
  const largest = sizes
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5)
    .map(({ path, bytes }) => `${path} ${bytes}`);
  throw new Error(
    `user-data: must fit into ${userDataLimitBytes} bytes, got ${total}; make files smaller or fetch them at boot, ` +
      `largest as base64: ${largest.join(", ")}`,
  );
}

function contentBytes(file: HostFile): number {
  if (Buffer.isBuffer(file.content)) return file.content.length;
  return Buffer.byteLength(earlyPart(file.content)) + countLate(file.content) * (file.reserveBytes ?? 128);
}
