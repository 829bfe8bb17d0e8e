/**
 * `npm run drill`: restores the database of the running local cloud beside itself (tools/drill/main.ts says how), where it
 * costs nothing. With --account in the account of DIGITALOCEAN_TOKEN, where it does, and asks before.
 * `npm run drill -- disaster`: on a local cloud of its own, the region of a site is lost while visitors write, and a second
 * site takes its place in another region, from the backups (docs/region-lost.md).
 *
 * usage: main.ts [CLUSTER] [--account] [--at TIME] [--address ADDRESS] [--keep] [--yes] [--json]
 *        main.ts disaster [--seconds N] [--port N]
 *        --seconds  how long visitors write before the region is lost; default 330, because what was written in the last
 *                   300 s is not in the backups yet
 *        --port     loopback port of the cloud, default 18447
 *
 * Exit status: 0 all is well, 3 tables are different, or more is lost than may be, 1 something went wrong.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tsxCommand } from "../../programs/tsx-command";
import { runMain } from "../../programs/user-error";
import { onCloudOfItsOwn } from "../bench/cloud-of-its-own";
import { disaster } from "./disaster";
import { judgeDisaster } from "./disaster-report";

const DRILL = tsxCommand(path.join(PROJECT_DIRECTORY, "tools/drill/main.ts"));
/** Where operators are in the local cloud. */
const OPERATOR_ADDRESS = "192.0.2.2";
const VIOLATIONS = 3;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      account: { type: "boolean", default: false },
      at: { type: "string" },
      address: { type: "string" },
      keep: { type: "boolean" },
      yes: { type: "boolean" },
      json: { type: "boolean" },
      seconds: { type: "string", default: "330" },
      port: { type: "string", default: "18447" },
    },
  });
  if (positionals[0] === "disaster") return rehearseDisaster(Number(values.seconds), Number(values.port));
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

async function rehearseDisaster(seconds: number, port: number): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  say("a site is deployed");
  const result = await onCloudOfItsOwn(port, (cloud) => disaster(cloud, { seconds, say }));
  const { lost, lostSeconds, problems: violations } = judgeDisaster(result);
  const problems = [...violations, ...result.leftovers];
  const { lostAt, deploymentSeconds, outageSeconds, acknowledged } = result;
  process.stdout.write(
    [
      `lost: ${lost} of ${acknowledged} entries that were acknowledged`,
      `recovery point: ${lostSeconds.toFixed(0)} s before the region was lost (${lostAt})`,
      `recovery time: ${outageSeconds.toFixed(0)} s without a write; the deployment took ${deploymentSeconds.toFixed(0)} s`,
      ...problems,
      "",
    ].join("\n"),
  );
  return problems.length > 0 ? VIOLATIONS : 0;
}

runMain(main);
