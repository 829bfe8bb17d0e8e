import { gunzipSync } from "node:zlib";
import { parse } from "yaml";

/** A file as cloud-init would write it. */
export interface WrittenFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: Buffer;
}

/** What cloud-init makes of user-data: its parts merged. */
export interface ParsedUserData {
  readonly packages: readonly string[];
  readonly files: readonly WrittenFile[];
  readonly runcmd: ReadonlyArray<string | readonly string[]>;
}

interface Document {
  readonly packages?: readonly string[];
  readonly write_files?: ReadonlyArray<{ path: string; permissions: string; encoding?: "b64"; content: string }>;
  readonly runcmd?: ReadonlyArray<string | readonly string[]>;
}

/** The texts of a message's parts; strict about everything that cloud-init reads as well. */
export function documentsOf(userData: string): string[] {
  const [, boundary = "", rest = ""] =
    /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="([^"]+)"\n\n([^]*)$/.exec(userData) ?? [];
  const [first, ...parts] = `\n${rest}`.split(`\n--${boundary}`);
  if (first !== "" || parts.pop() !== "--\n") throw new Error("user-data: must be one message of several parts");
  return parts.map((part) => {
    const [, headers = "", body = ""] = /^\n((?:[^\n]+\n)+)\n([^]*)$/.exec(part) ?? [];
    if (headers === "Content-Type: text/cloud-config\n") return body;
    const own =
      /^Content-Type: text\/(?:cloud-config|x-shellscript)\nMerge-Type: \S+\nContent-Transfer-Encoding: base64\n$/;
    if (own.test(headers)) return Buffer.from(body, "base64").toString("utf8");
    if (headers !== "Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n")
      throw new Error(`user-data: part with the headers ${headers}`);
    return gunzipSync(Buffer.from(body, "base64")).toString("utf8");
  });
}

export function parseUserData(userData: string): ParsedUserData {
  const documents = documentsOf(userData)
    .filter((text) => text.startsWith("#cloud-config\n"))
    .map((text) => parse(text) as Document);
  return {
    packages: documents.flatMap(({ packages = [] }) => packages),
    files: documents.flatMap(({ write_files = [] }) =>
      write_files.map(({ path, permissions, encoding, content }) => ({
        path,
        permissions,
        content: Buffer.from(content, encoding === "b64" ? "base64" : "utf8"),
      })),
    ),
    runcmd: documents.flatMap(({ runcmd = [] }) => runcmd),
  };
}
