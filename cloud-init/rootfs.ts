import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { HostFile } from "./host-file";

/**
 * The `cloud-init/` directory with the files for the hosts: the nearest one above this module. Found by walking up,
 * because this module runs from its source, from a bundle in a cache directory, or from an installed package.
 */
export function findCloudInitDirectory(from: string = __dirname): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, "cloud-init");
    if (existsSync(join(candidate, "base", "rootfs"))) return candidate;
    if (dirname(directory) === directory) {
      throw new Error(`no cloud-init/base/rootfs in any directory above ${from}: the package is not complete`);
    }
  }
}

/** What editors, file managers and Python leave beside files: it would replace every droplet of a role. */
const leftover = /(^|\/)(__pycache__\/.*|\.DS_Store|.*~|\..*\.sw[op])$/;

/**
 * All files under a directory that mirrors `/`, sorted by path so that user-data is the same on every platform; without
 * what tools leave behind there.
 */
export function readFiles(directory: string): HostFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: `/${relative(directory, file).split(sep).join("/")}` }))
    .filter(({ path }) => !leftover.test(path))
    .map(({ file, path }) => ({ path, content: readContent(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Text if it is UTF-8, bytes otherwise (images of a static site). */
function readContent(file: string): string | Buffer {
  const bytes = readFileSync(file);
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : bytes;
}

/**
 * The same of files of this project, with what their units may do to a node (base/sandbox.conf). Programs and units are
 * without comments but for those that they begin with, and Python without docstrings of functions and classes: app nodes would
 * have no room left for files of yours.
 */
export function readRootfs(directory: string): HostFile[] {
  return readFiles(directory).map((file) =>
    typeof file.content === "string" ? { ...file, content: withoutComments(withSandbox(file.content)) } : file,
  );
}

function withSandbox(content: string): string {
  const sandbox = () => readFileSync(join(findCloudInitDirectory(), "base", "sandbox.conf"), "utf8");
  return content.replace("@@SANDBOX@@\n", sandbox);
}

function withoutComments(content: string): string {
  if (/^(#!\/bin\/(ba)?sh|\[(Unit|Service)\])\n/.test(content)) return withoutLaterComments(content);
  if (!/^(#!\/usr\/bin\/env python3\n|""")/.test(content)) return content;
  const docstring = /(?<=:\n)([ \t]+)"""(?:[^"]|"(?!""))*"""\n+(?=\1\S)/g;
  return content.replace(/^[ \t]*#(?!!).*\n/gm, "").replace(docstring, "");
}

/** What is said to shellcheck is no comment. */
function withoutLaterComments(content: string): string {
  const head = /^(#.*\n)*/.exec(content)![0];
  return head + content.slice(head.length).replace(/^[ \t]*#(?! shellcheck ).*\n/gm, "");
}
