import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { waitUntil } from "../../programs/wait-until";
import type { Check } from "./drivers";

/** What has come of a check; both undefined: it succeeded and has nothing to tell. */
export interface CheckResult {
  readonly check: Check;
  readonly answer?: string;
  readonly error?: string;
}

/** One row or read that a worker has tried. */
export interface Attempt {
  readonly worker: number;
  readonly number: number;
  readonly answer?: string;
  readonly error?: string;
  /** When it ended, in seconds of this process. */
  readonly at: number;
}

export interface Start {
  readonly argv: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export const WORKERS = [0, 1, 2, 3] as const;
const CHECK_LIMIT_SECONDS = 90;
const STOP_LIMIT_SECONDS = 10;

export async function runChecks(start: Start): Promise<CheckResult[]> {
  await using program = new DriverProgram(start);
  await waitUntil(`the end of ${start.argv.join(" ")}`, CHECK_LIMIT_SECONDS, () => program.end);
  if (program.end !== "exit code 0") throw new Error(`ended with ${program.end}: ${program.errors}`);
  return program.lines as CheckResult[];
}

/** A program of a driver, from its start to its end. */
export class DriverProgram implements AsyncDisposable {
  readonly lines: unknown[] = [];
  /** How it ended; undefined: it has not. */
  end: string | undefined;
  errors = "";
  private readonly child: ChildProcess;

  constructor({ argv, directory, environment }: Start) {
    const [program, ...args] = argv;
    this.child = spawn(program!, args, { cwd: directory, env: environment, stdio: "pipe" });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      this.lines.push({ ...(JSON.parse(line) as object), at: performance.now() / 1000 });
    });
    this.child.stderr!.on("data", (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-4000)));
    this.child.stdin!.on("error", () => undefined);
    this.child.on("error", (error) => (this.end = error.message));
    this.child.on("close", (code, signal) => (this.end = signal ?? `exit code ${code}`));
  }

  get attempts(): readonly Attempt[] {
    return this.lines as Attempt[];
  }

  /** Attempts of a worker that have succeeded since then. */
  successes(worker: number, since = 0): Attempt[] {
    return this.attempts.filter((one) => one.worker === worker && one.error === undefined && one.at > since);
  }

  /** Resolves to whether it ended when it was told to. */
  async stop(): Promise<boolean> {
    this.child.stdin!.write("stop\n");
    return waitUntil("its end", STOP_LIMIT_SECONDS, () => this.end !== undefined).catch(() => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.end !== undefined) return;
    this.child.kill("SIGKILL");
    await waitUntil("its end", STOP_LIMIT_SECONDS, () => this.end !== undefined);
  }
}
