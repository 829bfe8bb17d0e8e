import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import type { LocalCloud } from "../client/local-cloud";
import { operatorEnvironment } from "../client/operator";
import type { Progress } from "./progress";
import { expectedEmails, expectedZones, readSynthesizedStacks } from "./synthesized-stacks";
import { UserError } from "../../programs/user-error";

/**
 * Synthesizes the stacks, and gives the local accounts what they expect to be there and people make: zones at Cloudflare,
 * and addresses for alerts that are confirmed at DigitalOcean.
 */
export async function declareExpectations(
  cloud: LocalCloud,
  progress: Progress,
  app = readConfiguredApp(),
): Promise<void> {
  const output = cloud.directory.synthesized;
  mkdirSync(output, { recursive: true });
  const environment = { ...operatorEnvironment(cloud.directory), CDKTF_OUTDIR: output };
  const synth = spawnSync("sh", ["-c", app], { cwd: PROJECT_DIRECTORY, env: environment, encoding: "utf8" });
  if (synth.status !== 0) throw new UserError(`${app}: does not synthesize:\n${synth.stdout}${synth.stderr}`);
  const stacks = Object.values(readSynthesizedStacks(output));
  const zones = stacks.flatMap(expectedZones);
  const emails = [...new Set(stacks.flatMap(expectedEmails))];
  await cloud.control.declareZones(zones);
  await cloud.control.confirmEmails(emails);
  progress.say(`synthesized the stack; zone at the local Cloudflare: ${zones.map(({ name }) => name).join(", ")}`);
  if (emails.length > 0)
    progress.say(`confirmed for alerts here, and to be confirmed at DigitalOcean: ${emails.join(", ")}`);
}

function readConfiguredApp(): string {
  return (JSON.parse(readFileSync(path.join(PROJECT_DIRECTORY, "cdktf.json"), "utf8")) as { app: string }).app;
}
