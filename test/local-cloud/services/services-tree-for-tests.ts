import { existsSync } from "node:fs";
import path from "node:path";
import { cacheDirectory } from "../../../local-cloud/directories";
import { ServicesTree } from "../../../local-cloud/services/services-tree";

/**
 * The services tree that tests run programs from: `LOCAL_CLOUD_SERVICES` (directories separated by colons, topmost
 * first), or the images that the local cloud has built. Without root or a tree, the tests are skipped by name.
 */
export function servicesTreeForTests() {
  const images = path.join(cacheDirectory(), "images");
  const built = [path.join(images, "services"), path.join(images, "debian-13-x64")];
  const layers = process.env.LOCAL_CLOUD_SERVICES?.split(":") ?? built;
  const missing = layers.filter((layer) => !existsSync(layer));
  const reason =
    process.getuid?.() !== 0
      ? "needs root"
      : missing.length > 0
        ? `needs a services tree, ${missing.join(" and ")} not found; set LOCAL_CLOUD_SERVICES`
        : undefined;
  const describeWithTree = (name: string, tests: () => void) =>
    reason === undefined ? describe(name, tests) : describe.skip(`${name} (skipped: ${reason})`, tests);
  return { tree: new ServicesTree(layers), describeWithTree };
}
