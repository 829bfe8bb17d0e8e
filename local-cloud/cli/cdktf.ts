import { LocalCloud } from "../client/local-cloud";
import { requireRoot } from "./require-root";
import { cdktfCommand, operatorEnvironment } from "../client/operator";

/** `cdktf ARGUMENTS`: the real cdktf, run as an operator of the local cloud. */
export async function runCdktf(args: readonly string[]): Promise<number> {
  requireRoot("cdktf");
  const cloud = await LocalCloud.find();
  return cloud.run(cdktfCommand(cloud.directory, args), "internet", operatorEnvironment(cloud.directory));
}
