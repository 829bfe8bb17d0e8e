import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";

/**
 * Starts a cloud beside one that may be running, deploys main.ts on it, and takes it away when `measure` has ended.
 * `port` is where the site is on 127.0.0.1 meanwhile. `app` is the command that synthesizes another stack.
 */
export async function onCloudOfItsOwn<T>(
  port: number,
  measure: (cloud: LocalCloud, command: LocalCloudProcess) => Promise<T>,
  app?: string,
): Promise<T> {
  const root = `/var/tmp/local-cloud-bench-${process.pid}`;
  const command = new LocalCloudProcess(root);
  try {
    await command.succeed("up", "--port", String(port), ...(app === undefined ? [] : ["--app", app]));
    const cloud = await LocalCloud.tryFind(root);
    if (cloud === undefined) throw new Error("local cloud: ended");
    return await measure(cloud, command);
  } finally {
    await command.succeed("down");
  }
}
