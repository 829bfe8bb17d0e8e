import { existsSync } from "node:fs";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import { tryFindImages } from "../../../local-cloud/images/images";
import { ServicesTree } from "../../../local-cloud/services/services-tree";

/**
 * The services tree that tests run programs from: `LOCAL_CLOUD_SERVICES` (directories separated by colons, topmost
 * first), or the images that the local cloud has built. Without root or a tree, the tests are skipped by name.
 */
export function servicesTreeForTests() {
  const layers = process.env.LOCAL_CLOUD_SERVICES?.split(":") ?? tryFindImages(cacheDirectory())?.services ?? [];
  const missing = missingRequirement(layers);
  const describeWithTree = (name: string, tests: () => void) =>
    missing === undefined ? describe(name, tests) : describe.skip(`${name} (skipped: ${missing})`, tests);
  return { tree: new ServicesTree(layers), describeWithTree };
}

function missingRequirement(layers: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (layers.length === 0) return "needs the services image, or LOCAL_CLOUD_SERVICES";
  const missing = layers.filter((layer) => !existsSync(layer));
  return missing.length > 0 ? `LOCAL_CLOUD_SERVICES: no directory ${missing.join(", ")}` : undefined;
}
