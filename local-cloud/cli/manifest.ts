import { readFileSync } from "node:fs";
import path from "node:path";

/** A command that a project adds to the command line of its local cloud. */
export interface ProjectCommand {
  /** TypeScript file from the project's directory; gets the arguments that follow the command. */
  readonly program: string;
  /** Arguments and what it does, as the other lines of the usage text have it. */
  readonly usage: string;
}

/** What a project says about its local cloud: `localCloud` in its package.json. */
export interface Manifest {
  /** Scopes of the DigitalOcean tokens that the stack takes, by the name of the Terraform variable. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  /** By name. A name that the command line has already is not replaced. */
  readonly commands?: Readonly<Record<string, ProjectCommand>>;
}

/** Reads the manifest of the project in this directory. */
export function readManifest(projectDirectory: string): Manifest {
  const { localCloud } = JSON.parse(readFileSync(path.join(projectDirectory, "package.json"), "utf8")) as {
    localCloud?: Manifest;
  };
  return localCloud ?? {};
}
