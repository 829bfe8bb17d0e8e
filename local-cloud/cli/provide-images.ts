// usage: provide-images.ts      builds the images that are not in the cache, for the tests that boot machines
import { onlyMilestones } from "./image-milestones";
import { Progress } from "./progress";
import { cacheDirectory } from "../control/directories";
import { provideImages } from "../images/images";

provideImages({ cacheDirectory: cacheDirectory(), onProgress: onlyMilestones(new Progress()) }).catch(
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
