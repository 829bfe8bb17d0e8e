/**
 * Says what follows from a stack before anything of it is made: who may talk to whom, what is left when a machine is lost,
 * what is in user-data, where secrets go, and what the platform has to allow.
 *
 *     npm run prove                                          of main.ts
 *     npm run prove -- STACK [--output DIRECTORY]            the same, of several stacks
 *     npm run prove -- --configuration FILE                  of a cdk.tf.json
 *
 * `--json` prints a Proof (proof.ts), `--allow-single-points-of-failure` is for staging. Asks nobody and changes nothing. Exit status: 0 proved, 1 there are problems, or
 * something is wrong.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { UserError, runMain } from "../../programs/user-error";
import { synthesizeStack } from "../stack-directory";
import type { Configuration } from "./configuration";
import { prove } from "./proof";
import { renderProof } from "./render-proof";

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      configuration: { type: "string" },
      output: { type: "string" },
      json: { type: "boolean", default: false },
      "allow-single-points-of-failure": { type: "boolean", default: false },
    },
  });
  const file =
    values.configuration ??
    path.join(await synthesizeStack({ stack: positionals[0], output: values.output }), "cdk.tf.json");
  const proof = prove(await read(file), { singlePointsOfFailure: values["allow-single-points-of-failure"] });
  process.stdout.write(`${values.json ? JSON.stringify(proof, null, 2) : renderProof(proof)}\n`);
  return proof.problems.length === 0 ? 0 : 1;
}

async function read(file: string): Promise<Configuration> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Configuration;
  } catch (error) {
    throw new UserError(`${file}: must be Terraform JSON, ${(error as Error).message}`);
  }
}

runMain(main);
