import { join } from "node:path";
import type { HostFile } from "../host-file";
import { findCloudInitDirectory, readRootfs } from "../rootfs";
import { fill, findPlaceholders } from "../template";

/** Room for a value that is made at apply. */
const urlBytes = 1024;

/** A mirror of `/` that only some app nodes have; all of `values` are used. */
export function readPart(part: string, values: Readonly<Record<string, string>>): HostFile[] {
  return readRootfs(join(findCloudInitDirectory(), "app", part, "rootfs")).map((file) => {
    const names = Buffer.isBuffer(file.content) ? [] : findPlaceholders(file.content);
    if (names.length === 0) return file;
    const own = Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
    return { ...file, content: fill(file.path, String(file.content), own), reserveBytes: urlBytes };
  });
}
