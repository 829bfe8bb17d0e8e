import { spawn } from "node:child_process";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line of the local cloud as a person does, on a cloud of the test's own. */
export class LocalCloudProcess {
  constructor(private readonly stateDirectory: string) {}

  run(...args: string[]): Promise<Finished> {
    return this.runWith({}, ...args);
  }

  runWith(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const child = spawn(path.join(PROJECT_DIRECTORY, "node_modules/.bin/tsx"), ["local-cloud/cli/main.ts", ...args], {
        cwd: PROJECT_DIRECTORY,
        env: { ...process.env, ...environment, LOCAL_CLOUD_STATE: this.stateDirectory },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** Runs and fails with everything that was printed unless the command succeeds. */
  async succeed(...args: string[]): Promise<Finished> {
    const finished = await this.run(...args);
    if (finished.code !== 0)
      throw new Error(`local ${args.join(" ")} ended with ${finished.code}\n${finished.stdout}\n${finished.stderr}`);
    return finished;
  }
}
