/**
 * What a configuration costs with many droplets: `npm run bench:scale`. Synthesis in a process of its own; plans by the real
 * terraform against both APIs on loopback, which take no time of their own.
 *
 * usage: bench.ts [--droplets N]... [--rounds N] [--write-docs]
 *        --droplets    in all, default 6, 10, 100 and 1000
 *        --rounds      how often each is synthesized, default 3; the shortest counts
 *        --write-docs  puts the table into docs/scaling.md
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readManifest } from "../../local-cloud/cli/manifest";
import { parseCount } from "../../programs/parse-count";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runProgram } from "../../programs/run-program";
import { renderMarkdownTable, renderTable } from "../../programs/table";
import { tsxCommand } from "../../programs/tsx-command";
import { runMain } from "../../programs/user-error";
import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { describeMachine } from "../../rehearsal/bench/machine";
import { SimulatedClouds } from "../provider-bridge/simulated-clouds";
import { TerraformProject } from "../provider-bridge/terraform-project";
import { jsonFile, type SynthCost } from "./synth-cost";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/scaling.md");
const FIGURES = new GeneratedText("synth and plan", "npm run bench:scale -- --write-docs");
const HEADING = ["droplets", "synth", "memory", "JSON", "first plan"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      droplets: { type: "string", multiple: true, default: ["6", "10", "100", "1000"] },
      rounds: { type: "string", default: "3" },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const rounds = parseCount("--rounds", values.rounds, 1, 20);
  const rows: string[][] = [];
  const loads: number[] = [];
  for (const text of values.droplets) {
    const droplets = parseCount("--droplets", text, 6, 1000);
    loads.push(loadavg()[0]!);
    rows.push(await measure(droplets, rounds));
    process.stderr.write(`${rows.at(-1)!.join("  ")}\n`);
  }
  process.stdout.write(`${renderTable(HEADING, rows)}\n`);
  const table = `${describeMachine(loads)}\n\n${renderMarkdownTable(HEADING, rows)}`;
  if (values["write-docs"]) writeFileSync(DOCUMENT, FIGURES.replaceIn(readFileSync(DOCUMENT, "utf8"), table));
  return 0;
}

async function measure(droplets: number, rounds: number): Promise<string[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "scale-"));
  try {
    const command = tsxCommand(path.join(__dirname, "synth-process.ts"));
    const costs: SynthCost[] = [];
    for (let round = 0; round < rounds; round++)
      costs.push(
        JSON.parse(await runProgram([...command, `${droplets}`, directory], { timeoutSeconds: 120 })) as SynthCost,
      );
    const seconds = Math.min(...costs.map((cost) => cost.seconds));
    const { memoryMiB, bytes } = costs[0]!;
    const plan = await timePlan(JSON.parse(readFileSync(jsonFile(directory), "utf8")));
    return [
      ...[`${droplets}`, `${seconds.toFixed(2)} s`, `${memoryMiB.toFixed(0)} MiB`, `${(bytes / 1e6).toFixed(2)} MB`],
      `${plan.toFixed(1)} s`,
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Seconds, when nothing is there yet. */
async function timePlan({ terraform: _, "//": __, ...sections }: Record<string, any>): Promise<number> {
  await using cloud = await SimulatedClouds.start();
  const tokens = Object.keys(readManifest(PROJECT_DIRECTORY).tokens!);
  const variables = Object.fromEntries(tokens.map((token) => [`TF_VAR_${token}`, token]));
  await using project = await TerraformProject.start(cloud.environment, variables);
  await project.configure(sections);
  const began = performance.now();
  await project.succeed("plan", "-input=false");
  return (performance.now() - began) / 1000;
}

runMain(main);
