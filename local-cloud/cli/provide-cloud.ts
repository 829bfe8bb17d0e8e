import { cacheDirectory, type StateDirectory } from "../control/directories";
import { provideImages } from "../images/images";
import { findMissingRequirements } from "./requirements";
import { onlyMilestones } from "./image-milestones";
import { LocalCloud } from "../client/local-cloud";
import type { Progress } from "./progress";
import { startCloud } from "./start-cloud";
import { UserError } from "../../programs/user-error";

/** The running cloud, or else a new and empty one. Throws when this machine cannot hold one. */
export async function provideCloud(directory: StateDirectory, progress: Progress): Promise<LocalCloud> {
  await requireAbleHost();
  await provideImages({ cacheDirectory: cacheDirectory(), onProgress: onlyMilestones(progress) });
  return (await LocalCloud.tryFind(directory.root)) ?? (await startCloud(directory, progress));
}

async function requireAbleHost(): Promise<void> {
  const missing = await findMissingRequirements();
  if (missing.length === 0) return;
  throw new UserError(
    `this machine cannot hold a local cloud:\n${missing.map(({ what, remedy }) => `- ${what}: ${remedy}`).join("\n")}\n` +
      "what works all the same: npm run test:unit, npx cdktf synth",
  );
}
