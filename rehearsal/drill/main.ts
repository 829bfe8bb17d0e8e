/**
 * `npm run drill`: restores the database of the running local cloud beside itself (tools/drill/main.ts says how), where it
 * costs nothing. With --account in the account of DIGITALOCEAN_TOKEN, where it does, and asks before.
 *
 * usage: main.ts [CLUSTER] [--account] [--at TIME] [--address ADDRESS] [--keep] [--yes] [--json]
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tsxCommand } from "../../programs/tsx-command";
import { runMain } from "../../programs/user-error";

const DRILL = tsxCommand(path.join(PROJECT_DIRECTORY, "tools/drill/main.ts"));
/** Where operators are in the local cloud. */
const OPERATOR_ADDRESS = "192.0.2.2";

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      account: { type: "boolean", default: false },
      at: { type: "string" },
      address: { type: "string" },
      keep: { type: "boolean" },
      yes: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const rest = args.filter((arg) => arg !== "--account");
  const child = values.account
    ? spawn(DRILL[0]!, [...DRILL.slice(1), ...rest], { stdio: "inherit" })
    : await startInLocalCloud(rest);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

async function startInLocalCloud(args: readonly string[]) {
  const cloud = await LocalCloud.find();
  return cloud.startAsOperator([...DRILL, "--yes", "--address", OPERATOR_ADDRESS, ...args], "inherit");
}

runMain(main);
