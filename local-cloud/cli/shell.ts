import { LocalCloud } from "../client/local-cloud";
import { requireRoot } from "./require-root";
import { UserError } from "../../programs/user-error";

/**
 * `shell NODE [COMMAND]`: a root shell on a droplet, or one command there; the exit status is the command's. One argument
 * is a line for the droplet's shell, as with ssh; several are a program and its arguments as they are.
 */
export async function shell([node, ...command]: readonly string[]): Promise<number> {
  requireRoot("shell");
  if (node === undefined) throw new UserError("shell: which node? usage: ./run local shell NODE [COMMAND]");
  const cloud = await LocalCloud.find();
  const { id } = await cloud.findDroplet(node);
  const enter = await cloud.control.enterCommand(id);
  const bash = ["/bin/bash", "--login"];
  const argv = command.length === 0 ? bash : command.length === 1 ? [...bash, "-c", ...command] : command;
  return cloud.run([...enter, ...argv], "cloud", { TERM: process.env.TERM, PATH: process.env.PATH });
}
