import { LocalCloud } from "../client/local-cloud";
import { requireRoot } from "./require-root";
import { UserError } from "../../programs/user-error";
import { cdktfCommand, operatorEnvironment } from "../client/operator";

/**
 * `exec COMMAND`: any program as an operator of the local cloud has it, with the tokens in its environment; to doctl, pydo
 * and curl, https://api.digitalocean.com is the local one, and trusted.
 */
export async function execAsOperator(command: readonly string[]): Promise<number> {
  requireRoot("exec");
  if (command.length === 0) throw new UserError("exec: which command? usage: ./run local exec COMMAND [ARGUMENTS]");
  const cloud = await LocalCloud.find();
  return cloud.run(command, "internet", operatorEnvironment(cloud.directory));
}

/** `cdktf ARGUMENTS`: the real cdktf, run as an operator of the local cloud. */
export async function runCdktf(args: readonly string[]): Promise<number> {
  requireRoot("cdktf");
  const cloud = await LocalCloud.find();
  return cloud.run(cdktfCommand(cloud.directory, args), "internet", operatorEnvironment(cloud.directory));
}
