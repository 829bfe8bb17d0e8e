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
 * The same of files of this project. Programs in Python are without lines that are comments alone and without docstrings of
 * functions and classes: app nodes would have no room left for files of yours. What a program does, for whoever reads it on
 * a node, is in its own docstring.
 */
export function readRootfs(directory: string): HostFile[] {
  return readFiles(directory).map((file) => ({ ...file, content: withoutComments(file.content) }));
}

function withoutComments(content: string | Buffer): string | Buffer {
  if (typeof content !== "string" || !/^(#!\/usr\/bin\/env python3\n|""")/.test(content)) return content;
  const docstring = /(?<=:\n)([ \t]+)"""(?:[^"]|"(?!""))*"""\n+(?=\1\S)/g;
  return content.replace(/^[ \t]*#(?!!).*\n/gm, "").replace(docstring, "");
}
