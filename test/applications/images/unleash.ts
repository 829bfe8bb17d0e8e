import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../../../programs/run-program";
import type { ImageRecipe } from "./application-image";

const OWN_FILES = path.join(__dirname, "unleash");
/** Unleash needs 22, and Debian 13 has 20. */
const NODE = { package: `node-linux-${process.arch}`, version: "22.20.0" };

/** Unleash and Node.js as npm has them, and the release command. */
export const unleash: ImageRecipe = {
  files: [__filename, OWN_FILES],
  // What Node.js is linked with.
  packages: ["libstdc++6"],
  config: {
    User: "1000:1000",
    WorkingDir: "/app",
    Env: [`PATH=/app/node_modules/${NODE.package}/bin`, "NODE_ENV=production"],
    // It listens on $PORT.
    Cmd: ["node", "node_modules/unleash-server/dist/server.js"],
  },
  async fill(root, version) {
    const app = path.join(root, "app");
    await mkdir(app);
    await cp(path.join(OWN_FILES, "app"), app, { recursive: true });
    // Nothing of it has to be compiled, so that no script of a package has to run here.
    const install = ["npm", "install", "--prefix", app, "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    const packages = [`unleash-server@${version}`, `${NODE.package}@${NODE.version}`];
    await runProgram([...install, ...packages], { timeoutSeconds: 600 });
  },
};
