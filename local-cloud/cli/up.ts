import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tryRunProgram } from "../../programs/run-program";
import { tsxCommand } from "../../programs/tsx-command";
import { providerConfiguration, StateDirectory } from "../control/directories";
import { OuterCloud } from "../outer-cloud/outer-cloud";
import { deploy } from "./deploy";
import type { LocalCloud } from "../client/local-cloud";
import { serveOnLoopback } from "./loopback";
import { Progress } from "./progress";
import { provideCloud } from "./provide-cloud";
import { requireRoot } from "./require-root";
import { renderApis, renderStatus } from "./status";
import { declareExpectations } from "./expectations";

/** Three downloads over a slow line; a refusal comes at once. */
const FETCH_LIMIT_SECONDS = 400;

export interface UpOptions {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Print one JSON object on stdout at the end. */
  readonly json: boolean;
  /** The command that synthesizes the stack. @default that of cdktf.json: main.ts */
  readonly app?: string;
}

/** `up`: from nothing, or from whatever an interrupted `up` left, to the running site. Again: deploys what changed. */
export async function up(options: UpOptions): Promise<number> {
  requireRoot("up");
  const progress = new Progress();
  const directory = new StateDirectory();
  await clearInterrupted(directory, progress);
  const cloud = await provideCloud(directory, progress);
  await fetchProviders(progress);
  await serveOnLoopback(cloud, options.port);
  await declareExpectations(cloud, progress, options.app);
  writeFileSync(directory.deployingMark, "");
  const code = await deploy(cloud, progress, options.app);
  rmSync(directory.deployingMark, { force: true });
  if (code !== 0) return code;
  writeFileSync(directory.deployedMark, "");
  await report(cloud, options, progress);
  return 0;
}

/** Terraform's real providers, while there is a network to get them from; without them there is the bridge. */
async function fetchProviders(progress: Progress): Promise<void> {
  if (process.env.PROVIDERS === "bridge") return;
  const program = path.join(PROJECT_DIRECTORY, "provider-bridge/fetch-providers.ts");
  const { status, stdout, stderr } = await tryRunProgram([...tsxCommand(program), providerConfiguration()], {
    timeoutSeconds: FETCH_LIMIT_SECONDS,
  });
  if (status === 0) progress.say("Terraform's real providers are in the cache");
  else if (status === 3) progress.say(`no real providers: ${stdout.trim()}`);
  else throw new Error(`fetch-providers: ended with status ${status}: ${stderr.trim()}`);
}

/**
 * A first deployment that was killed leaves objects that Terraform's state does not know, and they would be in the way:
 * begin again. Once a deployment has succeeded there is data in the cloud, and the next one repairs.
 */
async function clearInterrupted(directory: StateDirectory, progress: Progress): Promise<void> {
  if (!existsSync(directory.deployingMark) || existsSync(directory.deployedMark)) return;
  progress.say("the first deployment was interrupted: starting again from an empty cloud");
  await OuterCloud.destroy(directory.root);
}

async function report(cloud: LocalCloud, { json }: UpOptions, progress: Progress): Promise<void> {
  const status = await cloud.control.status();
  if (json) {
    const { webAuthority } = cloud.directory;
    process.stdout.write(
      `${JSON.stringify({ running: true, port: cloud.port, certificateAuthority: webAuthority, ...status })}\n`,
    );
    return;
  }
  progress.say("the site is up");
  const [hostname] = status.hostnames;
  process.stdout.write(`
${renderStatus(status, cloud.port)}

${renderApis(cloud.directory.webAuthority)}

Open the address in a browser (its certificate is signed by this cloud's own CA), or:
  curl --cacert ${cloud.directory.webAuthority} --resolve ${hostname}:${cloud.port}:127.0.0.1 https://${hostname}:${cloud.port}/

What to try next:
  ./run local power-off ${status.reservedIps[0]?.droplet ?? "NODE"}     the active load balancer loses power; the other takes over
  ./run local status                   who holds the reserved IP now
  ./run local                          after an edit of main.ts: deploys the change
  ./run local cdktf diff               what a deployment would change
  ./run local exec doctl account get   any client of the vendors' APIs, if it is installed
  ./run local down                     everything gone
`);
}
