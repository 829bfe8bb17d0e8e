import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../programs/project-directory";
import { UserError } from "../programs/user-error";

/** What a command printed and how it ended. */
export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which stack, and where its synthesized form is to be. */
export interface StackChoice {
  /** @default the only one there is */
  readonly stack?: string;
  /** As `cdktf --output`. @default "cdktf.out" in the project */
  readonly output?: string;
}

/**
 * The directory in which `cdktf` has Terraform work on a stack, synthesized from main.ts as it is now and initialized.
 * Terraform is the program named by TERRAFORM_BINARY_NAME, as for cdktf, or else `terraform`.
 */
export class StackDirectory {
  /** Throws a UserError when main.ts does not synthesize, there is no such stack, or Terraform does not start. */
  public static async open(choice: StackChoice): Promise<StackDirectory> {
    const opened = new StackDirectory(await synthesizeStack(choice));
    await opened.succeed("init", "-input=false", "-no-color");
    return opened;
  }

  private constructor(private readonly directory: string) {}

  /** JSON of the plan of all that is pending, also of one that Terraform refuses; its message is then passed on. */
  public async plan(): Promise<string> {
    // A plan holds secrets: only the owner may look into a directory made like this, and it goes at the end.
    const temporary = await mkdtemp(path.join(tmpdir(), "plan-"));
    try {
      const file = path.join(temporary, "plan");
      const plan = await this.terraform("plan", "-input=false", "-no-color", `-out=${file}`);
      if (plan.status !== 0) process.stderr.write(plan.stderr);
      const show = await this.terraform("show", "-json", file);
      if (show.status !== 0) throw new UserError(`terraform plan: exit status ${plan.status}, and there is no plan`);
      return show.stdout;
    } finally {
      await rm(temporary, { recursive: true });
    }
  }

  /** The JSON document of the state (`terraform show -json`). */
  public async state(): Promise<string> {
    return (await this.succeed("show", "-json")).stdout;
  }

  /** The synthesized stack, Terraform's JSON configuration. */
  public configuration(): Promise<string> {
    return readFile(path.join(this.directory, "cdk.tf.json"), "utf8");
  }

  private async succeed(...args: readonly string[]): Promise<Result> {
    const result = await this.terraform(...args);
    if (result.status !== 0)
      throw new UserError(`terraform ${args[0]}: exit status ${result.status}\n${result.stdout}${result.stderr}`);
    return result;
  }

  private terraform(...args: readonly string[]): Promise<Result> {
    return run(process.env["TERRAFORM_BINARY_NAME"] ?? "terraform", args, this.directory, process.env);
  }
}

/**
 * Synthesizes main.ts as it is now; the directory with the stack's `cdk.tf.json`. Throws a UserError when that fails, or there is
 * no such stack.
 */
export async function synthesizeStack({ stack, output }: StackChoice): Promise<string> {
  const directory = path.resolve(output ?? path.join(PROJECT_DIRECTORY, "cdktf.out"));
  const { app } = JSON.parse(await readFile(path.join(PROJECT_DIRECTORY, "cdktf.json"), "utf8")) as { app: string };
  const synth = await run("sh", ["-c", app], PROJECT_DIRECTORY, { ...process.env, CDKTF_OUTDIR: directory });
  if (synth.status !== 0) throw new UserError(`main.ts: does not synthesize\n${synth.stdout}${synth.stderr}`);
  const stacks = (await readdir(path.join(directory, "stacks"))).sort();
  const name = stack ?? (stacks.length === 1 ? stacks[0] : undefined);
  if (name === undefined || !stacks.includes(name))
    throw new UserError(`stack: must be one of ${stacks.join(", ")}, got ${stack ?? "none"}`);
  return path.join(directory, "stacks", name);
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const texts: Record<"stdout" | "stderr", string[]> = { stdout: [], stderr: [] };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => texts[name].push(text));
    child.once("error", (error) => reject(new UserError(`${program}: does not start (${error.message})`)));
    child.once("close", (status) =>
      resolve({ status: status ?? 1, stdout: texts.stdout.join(""), stderr: texts.stderr.join("") }),
    );
  });
}
