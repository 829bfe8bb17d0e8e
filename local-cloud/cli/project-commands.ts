import { spawn } from "node:child_process";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tsxCommand } from "../../programs/tsx-command";
import { type ProjectCommand, readManifest } from "./manifest";

/** Whether the project adds a command of this name. */
export function isProjectCommand(name: string): boolean {
  return Object.hasOwn(commands(), name);
}

/** A line for each command that the project adds, for the usage text. */
export function usageOfProjectCommands(): string[] {
  return Object.values(commands()).map(({ usage }) => usage);
}

/** Runs the program of a command that the project adds, on this terminal; resolves to its exit status. */
export function runProjectCommand(name: string, args: readonly string[]): Promise<number> {
  const [program, ...rest] = [...tsxCommand(path.join(PROJECT_DIRECTORY, commands()[name]!.program)), ...args];
  // Ctrl-C reaches the program too, which decides what to do with it.
  process.on("SIGINT", () => undefined);
  const child = spawn(program!, rest, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function commands(): Readonly<Record<string, ProjectCommand>> {
  return readManifest(PROJECT_DIRECTORY).commands ?? {};
}
