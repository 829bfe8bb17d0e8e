import { gunzipSync } from "node:zlib";
import { type Configuration, written } from "./configuration";
import type { DropletGroup } from "./droplet-groups";

/** What one group of droplets is told when it is made, in bytes. */
export interface UserDataSize {
  readonly group: string;
  /** Files and commands that are known now, compressed. */
  readonly compressed: number;
  /** Files with values that are known at apply only, as far as they are known. */
  readonly late: number;
  /** Values that come at apply. */
  readonly lateValues: number;
  readonly total: number;
  readonly limit: number;
  /** Its known files before compression, the largest first. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** A file that is known before anything is made. */
export interface KnownFile {
  readonly path: string;
  readonly content: string;
}

/** DigitalOcean's (API description, `POST /v2/droplets`). */
const LIMIT_BYTES = 65536;

const EXPRESSION = /\$\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/g;

/** Of each group that has any; of several texts the longest. */
export function userDataSizes(configuration: Configuration, groups: readonly DropletGroup[]): UserDataSize[] {
  return groups.flatMap((group) => {
    const texts = userDataOf(configuration, group).map((text) => sizeOf(group.name, text));
    return texts.sort((one, other) => other.total - one.total).slice(0, 1);
  });
}

/** The different texts of a group's droplets. */
export function userDataOf(configuration: Configuration, { droplets }: DropletGroup): string[] {
  const texts = droplets.flatMap(({ attributes }) =>
    attributes.user_data === undefined ? [] : [attributes.user_data],
  );
  return [...new Set(texts.map((text) => ofLocal(configuration, written(configuration, text))))];
}

/** The files in the compressed part of a user-data of this project; of another's, none. */
export function knownFilesOf(text: string): KnownFile[] {
  const [, compressed] = /^Content-Type: application\/gzip\n(?:[^\n]+\n)*\n([\w+/=\n]+)\n--/m.exec(text) ?? [];
  if (compressed === undefined) return [];
  const document = gunzipSync(Buffer.from(compressed, "base64")).toString("utf8");
  const { write_files = [] } = JSON.parse(document.slice(document.indexOf("{"))) as {
    readonly write_files?: readonly { readonly path: string; readonly content: string; readonly encoding?: string }[];
  };
  return write_files.map(({ path, content, encoding }) => ({
    path,
    content: encoding === "b64" ? Buffer.from(content, "base64").toString("utf8") : content,
  }));
}

/** A text that is a local value as a whole, as that value. */
export function ofLocal({ locals = {} }: Configuration, text: string): string {
  const [, name] = /^\$\{local\.([\w-]+)\}$/.exec(text) ?? [];
  return name === undefined ? text : String(locals[name]);
}

function sizeOf(group: string, text: string): UserDataSize {
  const known = text.replace(EXPRESSION, "");
  const total = Buffer.byteLength(known);
  const start = known.indexOf('{"merge_how"');
  const late = start < 0 ? 0 : Buffer.byteLength(known.slice(start).split("\n")[0]!);
  const lateValues = (text.match(EXPRESSION) ?? []).length;
  const files = knownFilesOf(text)
    .map(({ path, content }) => ({ path, bytes: Buffer.byteLength(content) }))
    .sort((one, other) => other.bytes - one.bytes);
  return { group, compressed: total - late, late, lateValues, total, limit: LIMIT_BYTES, files };
}
