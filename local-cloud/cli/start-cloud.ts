import { readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { cacheDirectory, type StateDirectory } from "../control/directories";
import { OuterCloud } from "../outer-cloud/outer-cloud";
import { claimStateDirectory } from "../outer-cloud/state-directory-claim";
import { waitUntil } from "../../programs/wait-until";
import { provideCredentials } from "../control/credentials";
import { LocalCloud } from "../client/local-cloud";
import { readManifest } from "./manifest";
import type { Progress } from "./progress";
import { tsxCommand } from "../../programs/tsx-command";

/** Starts an empty cloud and waits until its APIs answer. What a dead one left behind is removed first. */
export async function startCloud(directory: StateDirectory, progress: Progress): Promise<LocalCloud> {
  progress.say("starting an empty cloud: APIs, network, edge");
  await OuterCloud.destroy(directory.root);
  await claimStateDirectory(directory.root);
  provideCredentials(directory.credentials, readManifest(PROJECT_DIRECTORY).tokens ?? {});
  const outerCloud = await OuterCloud.create({
    stateDirectory: directory.root,
    command: tsxCommand(path.join(PROJECT_DIRECTORY, "local-cloud/daemon/main.ts")),
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LOCAL_CLOUD_CACHE: cacheDirectory(),
      LOCAL_CLOUD_STATE: directory.root,
    },
    log: directory.daemonLog,
  });
  try {
    return await waitUntil(
      "answer of the cloud's daemon",
      60,
      () => {
        if (!outerCloud.isRunning()) throw new Error("the cloud's daemon ended");
        return LocalCloud.tryFind(directory.root);
      },
      100,
    );
  } catch (error) {
    const log = readFileSync(directory.daemonLog, "utf8").trimEnd().split("\n").slice(-20).join("\n");
    await OuterCloud.destroy(directory.root);
    throw new Error(`${(error as Error).message}; the end of its log:\n${log}`);
  }
}
