import { defaultPermissions, type HostFile } from "./host-file";
import { countLate, earlyPart, encodeBase64, isLate } from "./late-values";
import { throwProblems } from "./problems";
import { type Part, compressedPart, renderMultipart } from "./multipart";

/** What becomes the user-data of a droplet. */
export interface CloudConfig {
  readonly packages: readonly string[];
  readonly files: readonly HostFile[];
  /** Commands in order, as argument lists; the first that fails ends the boot with an error. */
  readonly commands: ReadonlyArray<readonly string[]>;
  /** Parts of the message besides ours. @default none */
  readonly parts?: readonly Part[];
}

/** DigitalOcean's limit for user-data (API description, `POST /v2/droplets`). */
export const userDataLimitBytes = 65536;

/**
 * User-data: a message of two parts, each a `#cloud-config` and one JSON document (JSON is YAML). The first holds
 * everything that is known now, compressed as a whole, because a load balancer's programs would not fit otherwise. The
 * second holds the files with late values, as base64. Throws when the result cannot fit into 64 KiB.
 */
export function renderCloudConfig({ packages, files, commands, parts = [] }: CloudConfig): string {
  const late = files.filter(hasLateValue);
  const known = {
    package_update: true,
    packages,
    ssh_pwauth: false,
    write_files: byLanguage(files.filter((file) => !hasLateValue(file))).map((file) =>
      renderFile(file, encode(file.content)),
    ),
    // The list becomes one shell script: without `set -e` only the last command's failure would be seen.
    runcmd: ["set -e", ...commands],
  };
  const lateFiles = {
    merge_how: [
      { name: "list", settings: ["append"] },
      { name: "dict", settings: ["no_replace", "recurse_list"] },
    ],
    write_files: late.map((file) => renderFile(file, encodeLate(file.content))),
  };
  const second = { headers: ["Content-Type: text/cloud-config"], body: renderDocument(lateFiles) };
  const text = renderMultipart([
    compressedPart(renderDocument(known)),
    ...(late.length === 0 ? [] : [second]),
    ...parts,
  ]);
  checkTerraformText(earlyPart(text));
  checkSize(text, files);
  return text;
}

/** Texts in one language behind each other, which makes what is compressed 1 % shorter. */
function byLanguage(files: readonly HostFile[]): HostFile[] {
  const languages = [/^#!\/bin\/sh/, /^(#!\/usr\/bin\/env python3|""")/];
  const rank = ({ path, content }: HostFile) =>
    path.includes("/systemd/") ? 0 : languages.findIndex((language) => language.test(String(content))) + 1 || -1;
  return [...files].sort((a, b) => rank(a) - rank(b));
}

function hasLateValue(file: HostFile): file is HostFile & { readonly content: string } {
  return typeof file.content === "string" && isLate(file.content);
}

function renderDocument(document: object): string {
  return `#cloud-config\n${JSON.stringify(document)}`;
}

interface Encoded {
  /** @default the content is the text itself */
  readonly encoding?: "b64";
  readonly content: string;
}

function renderFile({ path, permissions, owner }: HostFile, encoded: Encoded): Record<string, string> {
  return {
    path,
    permissions: permissions ?? defaultPermissions(path),
    ...(owner === undefined ? {} : { owner }),
    ...encoded,
  };
}

/** What JSON and YAML read in the same way; YAML takes some other characters for the end of a line, or for none. */
const PLAIN = /^[\t\n\x20-\x7e\xa1-\u1fff]*$/;

function encode(content: string | Buffer): Encoded {
  return typeof content === "string" && PLAIN.test(content)
    ? { content }
    : { encoding: "b64", content: Buffer.from(content).toString("base64") };
}

function encodeLate(content: string): Encoded {
  return { encoding: "b64", content: encodeBase64(content) };
}

/** Terraform would take these for an expression, wherever they stand. Contents of files are encoded and cannot. */
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
  const total = Buffer.byteLength(earlyPart(text)) + files.reduce((sum, file) => sum + lateBytes(file), 0);
  if (total <= userDataLimitBytes) return;
  const largest = files
    .map((file) => ({ path: file.path, bytes: lateBytes(file) || Buffer.byteLength(file.content) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5)
    .map(({ path, bytes }) => `${path} ${bytes}`);
  const message =
    `must fit into ${userDataLimitBytes} bytes, got ${total} (most files travel compressed); make files ` +
    `smaller or fetch them at boot, largest, in bytes: ${largest.join(", ")}`;
  throwProblems([{ path: "user-data", message }]);
}

function lateBytes(file: HostFile): number {
  if (!hasLateValue(file)) return 0;
  const bytes = Buffer.byteLength(earlyPart(file.content)) + countLate(file.content) * (file.reserveBytes ?? 128);
  return Math.ceil(bytes / 3) * 4;
}
