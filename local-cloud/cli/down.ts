import { StateDirectory } from "../control/directories";
import { OuterCloud } from "../outer-cloud/outer-cloud";
import { requireRoot } from "./require-root";

/** `down`: takes the cloud of this state directory away, whatever state it is in. */
export async function down(): Promise<number> {
  requireRoot("down");
  await OuterCloud.destroy(new StateDirectory().root);
  process.stderr.write("the local cloud is gone\n");
  return 0;
}
