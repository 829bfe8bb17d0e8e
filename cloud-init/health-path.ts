import type { Problem } from "./problems";
import { checkPattern } from "./value-checks";

/** Where an application is asked how it is when nothing is said. */
export const defaultHealthPath = "/healthz";

/** An absolute path with an optional query, of characters that need no quoting in a URL, a shell or a config file. */
const healthPathPattern = /^\/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&-]*)?$/;

/** Problems of the path by which nodes ask whether the application works. */
export function checkHealthPath(path: string, value: string): Problem[] {
  return checkPattern(path, value, healthPathPattern, `an absolute path such as ${defaultHealthPath}`);
}
