import { pathToFileURL } from "node:url";

/** The command line that runs a TypeScript file of this project, from any directory, without a process in between. */
export function tsxCommand(file: string): string[] {
  return [process.execPath, "--import", pathToFileURL(require.resolve("tsx")).href, file];
}
