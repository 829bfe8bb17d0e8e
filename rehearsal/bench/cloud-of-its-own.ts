import { spawnSync } from "node:child_process";
import path from "node:path";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import { StateDirectory } from "../../local-cloud/control/directories";
import { OuterCloud } from "../../local-cloud/outer-cloud/outer-cloud";

const PROJECT = path.join(__dirname, "../..");

/**
 * Starts a cloud beside one that may be running, deploys main.ts on it, and takes it away when `measure` has ended.
 * `port` is where the site is on 127.0.0.1 meanwhile.
 */
export async function onCloudOfItsOwn<T>(port: number, measure: (cloud: LocalCloud) => Promise<T>): Promise<T> {
  const root = path.join("/var/tmp", `local-cloud-bench-${process.pid}`);
  const cli = tsxCommand(path.join(PROJECT, "local-cloud/cli/main.ts"));
  const [program, ...args] = [...cli, "up", "--port", String(port)];
  const env = { ...process.env, LOCAL_CLOUD_STATE: root };
  try {
    const up = spawnSync(program!, args, { cwd: PROJECT, env, encoding: "utf8" });
    if (up.status !== 0) throw new Error(`local cloud: does not start:\n${up.stdout}${up.stderr}`);
    const cloud = await LocalCloud.tryFind(new StateDirectory(root));
    if (cloud === undefined) throw new Error("local cloud: ended");
    return await measure(cloud);
  } finally {
    await OuterCloud.destroy(root);
  }
}
