/**
 * Fetches the real providers into a mirror, once:
 *
 *     tsx provider-bridge/fetch-providers.ts CONFIGURATION
 *
 * CONFIGURATION is the file to write for Terraform's command line (`TF_CLI_CONFIG_FILE`); the mirror is beside it. Ends
 * with 3, and with the reason on standard output, when they cannot be had: the provider bridge takes their place then.
 */
import { runMain, UserError } from "../programs/user-error";
import { provideProviderMirror } from "./provider-mirror";

async function main([configuration]: readonly string[]): Promise<number> {
  if (configuration === undefined) throw new UserError("usage: fetch-providers.ts CONFIGURATION");
  const problem = await provideProviderMirror(configuration, process.env);
  if (problem !== undefined) process.stdout.write(`${problem}\n`);
  return problem === undefined ? 0 : 3;
}

runMain(main);
