import { LocalCloud } from "../client/local-cloud";
import { requireRoot } from "./require-root";
import { UserError } from "../../programs/user-error";

/** `logs NODE [ARGUMENTS]`: the journal of a droplet, which can also be off. Arguments as for journalctl. */
export async function logs([node, ...args]: readonly string[]): Promise<number> {
  requireRoot("logs");
  if (node === undefined) throw new UserError("logs: which node? usage: ./run local logs NODE [ARGUMENTS]");
  const cloud = await LocalCloud.find();
  const { id } = await cloud.findDroplet(node);
  const journal = await cloud.control.journalDirectory(id);
  return cloud.run(["journalctl", "--directory", journal, ...args], "cloud", process.env);
}
