import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import type { LocalCloud } from "../client/local-cloud";
import { operatorEnvironment } from "../client/operator";
import type { Progress } from "./progress";
import { expectedZones, readSynthesizedStacks } from "./synthesized-stacks";
import { UserError } from "../../programs/user-error";

/** Synthesizes the stacks and gives the local Cloudflare account the zones that they expect to be there. */
export async function declareExpectedZones(
  cloud: LocalCloud,
  progress: Progress,
  app = readConfiguredApp(),
): Promise<void> {
  const output = cloud.directory.synthesized;
  mkdirSync(output, { recursive: true });
  const environment = { ...operatorEnvironment(cloud.directory), CDKTF_OUTDIR: output };
  const synth = spawnSync("sh", ["-c", app], { cwd: PROJECT_DIRECTORY, env: environment, encoding: "utf8" });
  if (synth.status !== 0) throw new UserError(`${app}: does not synthesize:\n${synth.stdout}${synth.stderr}`);
  const zones = Object.values(readSynthesizedStacks(output)).flatMap(expectedZones);
  await cloud.control.declareZones(zones);
  progress.say(`synthesized the stack; zone at the local Cloudflare: ${zones.map(({ name }) => name).join(", ")}`);
}

function readConfiguredApp(): string {
  return (JSON.parse(readFileSync(path.join(PROJECT_DIRECTORY, "cdktf.json"), "utf8")) as { app: string }).app;
}
