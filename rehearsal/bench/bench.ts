import { spawnSync } from "node:child_process";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { onCloudOfItsOwn } from "./cloud-of-its-own";
import { proportionalMemoryMiB } from "./memory";
import { describeSynth, measureSynth } from "./synth";

/** A figure beside what it may be at most; both in the same unit. */
function compare(what: string, value: number, budget: number, unit: string): string {
  const ratio = (value / budget).toFixed(2);
  return `${what.padEnd(34)} ${value.toFixed(1)} ${unit} of at most ${budget} ${unit} (${ratio})`;
}

/** Measures against the project's budgets and prints a line for each. Takes about three minutes. */
async function main(): Promise<void> {
  console.log(describeSynth(measureSynth(PROJECT_DIRECTORY)));
  console.log(compare("unit tests", timeUnitTests(), 30, "s"));
  if (process.getuid?.() === 0) await measureLocalCloud();
  else console.log("local cloud: not measured, needs root");
}

function timeUnitTests(): number {
  const began = performance.now();
  const argv = ["--selectProjects=unit", "--silent"];
  const { status, stdout, stderr } = spawnSync("node_modules/.bin/jest", argv, {
    cwd: PROJECT_DIRECTORY,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`unit tests: ended with ${status}\n${stdout}${stderr}`);
  return secondsSince(began);
}

async function measureLocalCloud(): Promise<void> {
  const began = performance.now();
  await onCloudOfItsOwn(18443, async (cloud, command) => {
    console.log(compare("whole infrastructure up", secondsSince(began), 120, "s"));
    console.log(compare("memory of the local cloud", proportionalMemoryMiB(await cloud.processes()), 6144, "MiB"));
    const again = performance.now();
    await command.succeed("up");
    console.log(compare("second deployment, no change", secondsSince(again), 120, "s"));
  });
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000;
}

void main();
