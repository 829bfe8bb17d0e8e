import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalCloud } from "../client/local-cloud";
import { cdktfCommand } from "../client/operator";
import { followApiFailures } from "./api-failures";
import type { Progress } from "./progress";
import { failureText, parseTerraformEvent } from "./terraform-events";

/**
 * Runs `cdktf deploy` in the cloud and says what it has done, resource by resource, how far each node has booted, and
 * which requests the cloud itself could not answer. The complete output is in the state directory's deploy.log.
 * Resolves to cdktf's exit status. `app` is the command that synthesizes the stack. @default that of cdktf.json
 */
export async function deploy(cloud: LocalCloud, progress: Progress, app?: string): Promise<number> {
  progress.say("cdktf deploy");
  const stack = app === undefined ? [] : ["--app", app];
  const command = cdktfCommand(cloud.directory, ["deploy", "--auto-approve", ...stack]);
  const child = await cloud.startAsOperator(command, ["ignore", "pipe", "pipe"]);
  const log = createWriteStream(cloud.directory.deployLog, { mode: 0o600 });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on("line", (line) => {
      output += `${line}\n`;
      log.write(`${line}\n`);
      const event = parseTerraformEvent(line);
      if (event !== undefined) progress.say(`  ${event.change.padEnd(9)} ${event.resource}`);
      else if (line.startsWith("providers: ")) progress.say(line);
    });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  const ignore = (): void => progress.say("interrupted: Terraform is finishing what it has begun");
  process.on("SIGINT", ignore);
  let running = true;
  void ended.finally(() => (running = false)).catch(() => undefined);
  const isRunning = (): boolean => running;
  const [code] = await Promise.all([
    ended,
    followBoots(cloud, progress, isRunning),
    followApiFailures(cloud.control, progress, isRunning),
  ]);
  process.off("SIGINT", ignore);
  log.end();
  if (code !== 0)
    progress.say(
      `cdktf deploy failed; everything it printed is in ${cloud.directory.deployLog}\n${failureText(output)}`,
    );
  return code;
}

/** Says when the state of a droplet's boot changes. */
async function followBoots(cloud: LocalCloud, progress: Progress, isRunning: () => boolean): Promise<void> {
  const seen = new Map<number, string>();
  while (isRunning()) {
    const { droplets } = await cloud.control.status().catch(() => ({ droplets: [] }));
    for (const { id, name, status, cloudInit, detail } of droplets) {
      const now = `${status}, cloud-init ${cloudInit}${cloudInit === "error" && detail ? `: ${detail}` : ""}`;
      if (seen.get(id) !== now) progress.say(`  node ${name} (${id}): ${now}`);
      seen.set(id, now);
    }
    await sleep(500);
  }
}
