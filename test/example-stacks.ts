import { readdirSync } from "node:fs";
import path from "node:path";

const stacksIn = (directory: string) =>
  readdirSync(path.join(__dirname, "../examples", directory))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(directory, path.basename(file, ".ts")));

/** Names of the stacks in `examples/` that a user of the package could have written. */
export const EXAMPLES = stacksIn("");

/** Those of applications that others wrote. */
export const APPLICATIONS = stacksIn("applications");
