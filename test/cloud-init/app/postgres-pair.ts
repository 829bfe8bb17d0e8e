import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { tryFindImageTree } from "../host-image";
import { waitUntil, type ImageSandbox, type SandboxProcess } from "../image-sandbox";

const versions = "/usr/lib/postgresql";

/** PostgreSQL's server programs under a root, newest version first. */
function tryFindServer(root: string): string | undefined {
  const directory = join(root, versions);
  const found = (existsSync(directory) ? readdirSync(directory) : [])
    .sort((a, b) => Number(b) - Number(a))
    .find((version) => existsSync(join(directory, version, "bin/initdb")));
  return found === undefined ? undefined : join(versions, found, "bin");
}
