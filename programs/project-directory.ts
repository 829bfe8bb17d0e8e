import path from "node:path";

/** Where this repository is on this machine. */
export const PROJECT_DIRECTORY = path.join(__dirname, "..");
