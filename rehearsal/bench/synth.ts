/**
 * How long a synth takes, against the official TypeScript template (ts-node runs main.ts) and against a Node that does
 * nothing, all on the same stack in the same run: `tsx rehearsal/bench/synth.ts`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";

/** The versions that the template's lock file had when cdktf 0.21 was current. */
const TEMPLATE_PACKAGES = ["ts-node@10.9.2", "typescript@5.9.3"];
const RUNS = 7;
const TEMPLATE_RUNS = 3;
const LIMIT_MS = 120_000;

/** Shortest of several runs in seconds: what else the machine does only ever makes a run longer. */
export interface SynthTimes {
  readonly ours: number;
  /** As `ours`, with every file read anew because one has changed. */
  readonly oursAfterChange: number;
  readonly template: number;
  readonly emptyNode: number;
}

/** Measures in the project directory; the template's packages are fetched with npm, once, and kept below node_modules. */
export function measureSynth(projectDirectory: string = process.cwd()): SynthTimes {
  const tsNode = provideTsNode();
  const output = mkdtempSync(path.join(tmpdir(), "bench-synth-"));
  const seconds = (runs: number, command: string, prepare?: () => void) => {
    const times = Array.from({ length: runs }, () => {
      prepare?.();
      return time(command, projectDirectory, output);
    });
    return Math.min(...times);
  };
  try {
    const { app } = JSON.parse(readFileSync(path.join(projectDirectory, "cdktf.json"), "utf8")) as { app: string };
    const forget = () =>
      rmSync(path.join(projectDirectory, "node_modules/.cache/synth"), { recursive: true, force: true });
    const oursAfterChange = seconds(TEMPLATE_RUNS, app, forget);
    return {
      ours: seconds(RUNS, app),
      oursAfterChange,
      template: seconds(TEMPLATE_RUNS, `node ${tsNode} main.ts`),
      emptyNode: seconds(RUNS, "node -e 0"),
    };
  } finally {
    rmSync(output, { recursive: true });
  }
}

/** A line per figure, with its ratio to the template. */
export function describeSynth({ ours, oursAfterChange, template, emptyNode }: SynthTimes): string {
  const line = (what: string, seconds: number) =>
    `${what.padEnd(34)} ${seconds.toFixed(3)} s  ${(template / seconds).toFixed(1)} × as fast as the template`;
  return [
    line("synth, official template (ts-node)", template),
    line("synth, nothing changed", ours),
    line("synth, a file changed", oursAfterChange),
    line("node, nothing to do", emptyNode),
  ].join("\n");
}

/** Path of ts-node's program. */
function provideTsNode(): string {
  const directory = path.join(PROJECT_DIRECTORY, "node_modules/.cache/synth-template");
  const program = path.join(directory, "node_modules/ts-node/dist/bin.js");
  if (!existsSync(program))
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", directory, ...TEMPLATE_PACKAGES], {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: LIMIT_MS,
    });
  return program;
}

function time(command: string, cwd: string, output: string): number {
  const start = process.hrtime.bigint();
  // The shell is replaced by the program, so that it is not measured as well.
  const { status, stderr } = spawnSync("sh", ["-c", `exec ${command}`], {
    cwd,
    env: { ...process.env, CDKTF_OUTDIR: output },
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (status !== 0) throw new Error(`${command}: exit status ${status}\n${stderr}`);
  return seconds;
}

if (require.main === module) process.stdout.write(`${describeSynth(measureSynth())}\n`);
