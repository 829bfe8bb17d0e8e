import { spawnSync } from "node:child_process";
import path from "node:path";
import { tsxCommand } from "../../programs/tsx-command";
import { OuterCloud } from "../../local-cloud/outer-cloud/outer-cloud";
import { proportionalMemoryMiB } from "./memory";
import { describeSynth, measureSynth } from "./synth";

const PROJECT = path.join(__dirname, "../..");

/** A figure beside what it may be at most; both in the same unit. */
function compare(what: string, value: number, budget: number, unit: string): string {
  const ratio = (value / budget).toFixed(2);
  return `${what.padEnd(34)} ${value.toFixed(1)} ${unit} of at most ${budget} ${unit} (${ratio})`;
}

/** Measures against the project's budgets and prints a line for each. Takes about three minutes. */
async function main(): Promise<void> {
  console.log(describeSynth(measureSynth(PROJECT)));
  console.log(compare("unit tests", timeUnitTests(), 30, "s"));
  if (process.getuid?.() === 0) await measureLocalCloud();
  else console.log("local cloud: not measured, needs root");
}

function timeUnitTests(): number {
  return time(["node_modules/.bin/jest", "--selectProjects=unit", "--silent"]);
}

/** A cloud of its own, beside one that may be running. */
async function measureLocalCloud(): Promise<void> {
  const root = path.join("/var/tmp", `local-cloud-bench-${process.pid}`);
  const cli = tsxCommand(path.join(PROJECT, "local-cloud/cli/main.ts"));
  const environment = { ...process.env, LOCAL_CLOUD_STATE: root };
  try {
    console.log(compare("whole infrastructure up", time([...cli, "up", "--port", "18443"], environment), 120, "s"));
    const cloud = OuterCloud.tryFind(root);
    const memory = proportionalMemoryMiB((await cloud?.processes()) ?? []);
    console.log(compare("memory of the local cloud", memory, 6144, "MiB"));
    console.log(compare("second deployment, no change", time([...cli, "up"], environment), 120, "s"));
  } finally {
    await OuterCloud.destroy(root);
  }
}

/** Seconds that a command takes; throws with its output when it fails. */
function time([program, ...args]: readonly string[], env = process.env): number {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(program!, args, { cwd: PROJECT, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ended with ${status}\n${stdout}${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e9;
}

void main();
