import { LocalCloud } from "../client/local-cloud";
import { UserError } from "../../programs/user-error";

/** `power-off NODE`: a power cut, not a shutdown. `power-on NODE`: boots it again. */
export async function power(action: "power-off" | "power-on", [node]: readonly string[]): Promise<number> {
  if (node === undefined) throw new UserError(`${action}: which node? usage: ./run local ${action} NODE`);
  const cloud = await LocalCloud.find();
  const { id } = await cloud.findDroplet(node);
  await cloud.control.power(id, action);
  return 0;
}
