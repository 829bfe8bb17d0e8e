import { spawn } from "node:child_process";

export interface RunProgramOptions {
  /** Text for the program's standard input. @default none (end of file) */
  readonly input?: string;
  /** After this the program is killed and the promise rejects. @default 30 */
  readonly timeoutSeconds?: number;
  /** The whole environment. @default that of this process */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface ProgramResult {
  /** Exit status; 128 + signal number is not used: a killed program has the status undefined. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit status. Rejects if it cannot be started or takes too long. */
export function tryRunProgram(argv: readonly string[], options: RunProgramOptions = {}): Promise<ProgramResult> {
  const { input = "", timeoutSeconds = 30, environment = process.env } = options;
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("argv: must name a program, got nothing");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment, stdio: "pipe" });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${program}: took longer than ${timeoutSeconds} s and was killed`));
    }, timeoutSeconds * 1000);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading its input breaks the pipe: its exit status says what went wrong.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`${program}: cannot be started: ${error.message}`));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({
        status: code ?? undefined,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** Runs a program that must succeed; resolves to its standard output, rejects with its standard error. */
export async function runProgram(argv: readonly string[], options: RunProgramOptions = {}): Promise<string> {
  const result = await tryRunProgram(argv, options);
  if (result.status === 0) return result.stdout;
  const status = result.status === undefined ? "was killed" : `ended with status ${result.status}`;
  throw new Error(`${argv[0]}: ${status}: ${result.stderr.trim() || result.stdout.trim() || "it printed nothing"}`);
}
