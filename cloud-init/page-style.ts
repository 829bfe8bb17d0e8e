import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCloudInitDirectory } from "./rootfs";

/** Where hosts keep the pages that we make in the place of the application. */
const directory = "/usr/share/infrastructure";

/** What these pages need filled in: all look the same. */
export function pageValues(...names: readonly string[]): Record<string, { readonly PAGE_STYLE: string }> {
  const style = readFileSync(join(findCloudInitDirectory(), "pages", "style.css"), "utf8");
  return Object.fromEntries(names.map((name) => [`${directory}/${name}.html`, { PAGE_STYLE: style }]));
}
