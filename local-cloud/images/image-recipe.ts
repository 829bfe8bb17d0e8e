import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * A short name for everything that a build depends on: the content, names and modes of the recipe's files, and what
 * lies below. A change of the recipe gives another key, and so another directory in the cache.
 */
export function recipeKey(files: readonly string[], ...below: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of below) hash.update(`${text}\0`);
  for (const root of files) {
    for (const file of filesBelow(root)) {
      const executable = (statSync(file).mode & 0o100) !== 0;
      hash
        .update(`${relative(join(root, ".."), file)}\0${executable}\0`)
        .update(readFileSync(file))
        .update("\0");
    }
  }
  return hash.digest("hex").slice(0, 12);
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
