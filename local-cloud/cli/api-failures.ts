import { setTimeout as sleep } from "node:timers/promises";
import type { ControlClient } from "../client/control-client";
import type { Progress } from "./progress";

/**
 * Says at once when the cloud's APIs fail by the cloud's own fault: Terraform tries again, goes on with everything else,
 * and prints the error at the end. What is tried again and fails alike is said once.
 */
export async function followApiFailures(
  control: Pick<ControlClient, "apiFailures">,
  progress: Pick<Progress, "say">,
  isRunning: () => boolean,
): Promise<void> {
  const said = new Set<string>();
  let before: number | undefined;
  while (isRunning()) {
    const failures = await control.apiFailures().catch(() => undefined);
    before ??= failures?.length;
    for (const failure of failures?.slice(before) ?? []) {
      if (!said.has(failure)) progress.say(`  the local cloud's own fault: ${failure} (daemon.log)`);
      said.add(failure);
    }
    await sleep(500);
  }
}
