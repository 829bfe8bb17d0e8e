import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Fn, TerraformLocal } from "cdktf";
import type { Construct } from "constructs";

/**
 * Text of a program that runs where Terraform runs, by its path below `modules`: late, and base64 in the JSON, because a
 * `${` of the shell would mean something to Terraform.
 */
export function programText(scope: Construct, id: string, program: string): string {
  const base64 = readFileSync(findProgram(program, __dirname)).toString("base64");
  return new TerraformLocal(scope, id, Fn.base64decode(base64)).asString;
}

/** Found by walking up: this module runs from its source, from a bundle in a cache, or from an installed package. */
function findProgram(program: string, directory: string): string {
  const file = path.join(directory, "modules", program);
  if (existsSync(file)) return file;
  const parent = path.dirname(directory);
  if (parent === directory) throw new Error(`modules/${program}: not found, reinstall the package`);
  return findProgram(program, parent);
}
