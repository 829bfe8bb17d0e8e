// usage: start-cloud-for-tests.ts STATE_DIRECTORY      starts an outer cloud in which nothing runs, and leaves it running
import { OuterCloud } from "../../../local-cloud/outer-cloud/outer-cloud";

void OuterCloud.create({ stateDirectory: process.argv[2]!, command: ["sleep", "1000"] });
