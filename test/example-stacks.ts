import { readdirSync } from "node:fs";
import path from "node:path";

/** Names of the stacks in `examples/` that a user of the package could have written. */
export const EXAMPLES = readdirSync(path.join(__dirname, "../examples"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.basename(file, ".ts"));
