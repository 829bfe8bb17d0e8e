import { spawn, type StdioOptions } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { ServiceProcess } from "./service-process";

const OUTPUT_LIMIT = 64 * 1024;

export interface ServiceProgram {
  readonly command: readonly string[];
  /** A user of the tree. The program starts as this user, in its groups. */
  readonly user: string;
  /** Directory outside the tree that the program sees as `/srv`. */
  readonly files: string;
  /** Path of the network namespace that the program runs in. @default a namespace without any network */
  readonly networkNamespace?: string;
}

/**
 * The Debian tree that the cloud's own services run from. It is never written to: every program gets it read-only in
 * a mount namespace of its own, with empty /run, /tmp and /dev/shm, and one writable directory, `/srv`.
 * A program is gone, with its mounts and its whole process tree, when its process ends or this one does.
 * Needs root and util-linux.
 */
export class ServicesTree {
  /** `layers`: directories that make up the tree, topmost first; one is enough when it is a whole tree. */
  constructor(private readonly layers: readonly string[]) {}

  /** Numeric user and group of a user of the tree. */
  findUser(name: string): { readonly uid: number; readonly gid: number } {
    for (const layer of this.layers) {
      const accounts = readFileIfThere(path.join(layer, "etc/passwd"));
      const fields = accounts?.split("\n").map((line) => line.split(":"));
      const account = fields?.find(([user]) => user === name);
      if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
    }
    throw new Error(`services tree: no user named ${name} in etc/passwd of ${this.layers.join(", ")}`);
  }

  /** Starts a program that goes on running; what it prints is appended to the file `log`. */
  start(program: ServiceProgram, log: string): ServiceProcess {
    const output = openSync(log, "a", 0o600);
    try {
      return new ServiceProcess(program.command[0]!, this.spawn(program, ["ignore", output, output]));
    } finally {
      closeSync(output);
    }
  }

  /** Runs a program to its end; returns what it printed, and rejects with that when it failed. */
  async run(program: ServiceProgram, limitSeconds: number): Promise<string> {
    const child = this.spawn(program, ["ignore", "pipe", "pipe"]);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-OUTPUT_LIMIT)));
    }
    const closed = new Promise((resolve) => child.once("close", resolve));
    const running = new ServiceProcess(program.command[0]!, child);
    const limit = setTimeout(() => void running.kill(), limitSeconds * 1000);
    const end = await running.exited;
    clearTimeout(limit);
    await closed;
    if (end === "exit code 0") return output;
    throw new Error(`${program.command[0]}: ended with ${end} (limit ${limitSeconds} s):\n${output.trim()}`);
  }

  private spawn({ command, user, files, networkNamespace }: ServiceProgram, stdio: StdioOptions) {
    const own = ["--mount", "--pid", "--ipc", "--fork", "--kill-child", "--propagation", "private"];
    const network = networkNamespace === undefined ? ["--net"] : [];
    const enterNetwork = networkNamespace === undefined ? [] : ["nsenter", `--net=${networkNamespace}`];
    const enterTree = ["sh", path.join(__dirname, "enter-tree"), this.layers.join(":"), files, user, ...command];
    const steps = ["--pdeathsig", "KILL", ...enterNetwork, "unshare", ...own, ...network, ...enterTree];
    return spawn("setpriv", steps, { cwd: "/", env: { PATH: process.env.PATH, LANG: "C.UTF-8" }, stdio });
  }
}

function readFileIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
