// usage: provide-images.ts      builds the images that are not in the cache, for the tests that boot machines
import { onlyMilestones } from "./image-milestones";
import { runMain } from "../../programs/user-error";
import { Progress } from "./progress";
import { cacheDirectory } from "../control/directories";
import { provideImages } from "../images/images";

async function main(): Promise<number> {
  await provideImages({ cacheDirectory: cacheDirectory(), onProgress: onlyMilestones(new Progress()) });
  return 0;
}

runMain(main);
