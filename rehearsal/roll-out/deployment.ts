import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { cdktfCommand } from "../../local-cloud/client/operator";

/** Settings of the site that are not what main.ts says, by their paths (`web.nodes`); as JSON, so nothing but data. */
export type SiteChanges = Readonly<Record<string, unknown>>;

export interface Deployed {
  /** Exit status of cdktf. */
  readonly code: number;
  /** Everything it printed, without colours. */
  readonly output: string;
  readonly seconds: number;
}

/** The stack that takes its changes from the environment (cdktf's `--app`). */
export const CHANGED_SITE = `${process.execPath} --import tsx examples/end-to-end/site.ts`;

/** One `cdktf deploy` of the site with these changes, as an operator runs it. */
export class Deployment {
  /** Resolves when it has ended, however. */
  readonly ended: Promise<Deployed>;
  private output = "";

  private constructor(child: ChildProcess) {
    const began = Date.now();
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (chunk: string) => (this.output += stripVTControlCharacters(chunk)));
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({ code: code ?? 1, output: this.output, seconds: (Date.now() - began) / 1000 }),
      );
    });
  }

  /** `stack` is the name of its stack, and so of its state. */
  static async start(cloud: LocalCloud, changes: SiteChanges, stack = "web"): Promise<Deployment> {
    const command = cdktfCommand(cloud.directory, ["deploy", "--auto-approve", "--app", CHANGED_SITE]);
    const environment = { SITE_CHANGES: JSON.stringify(changes), SITE_STACK: stack };
    return new Deployment(await cloud.startAsOperator(command, ["ignore", "pipe", "pipe"], environment));
  }

  hasPrinted(pattern: RegExp): boolean {
    return pattern.test(this.output);
  }
}

/** Lets the next deployment replace resources, by their addresses, that nothing else would replace. */
export async function taint(cloud: LocalCloud, addresses: readonly string[]): Promise<void> {
  const terraform = [
    process.env.TERRAFORM_BINARY_NAME ?? "terraform",
    `-chdir=${cloud.directory.synthesized}/stacks/web`,
  ];
  for (const address of addresses) {
    const { status, stdout, stderr } = await cloud.runAsOperator([...terraform, "taint", address]);
    if (status !== 0) throw new Error(`terraform taint ${address}: ended with status ${status}: ${stderr || stdout}`);
  }
}

/** Kills the terraform of the cloud that is just applying something, without a chance to write down what it knows. */
export async function killTerraform(cloud: LocalCloud): Promise<void> {
  const applying = (await cloud.processes()).filter((pid) => {
    try {
      const [program = "", command] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return /(^|\/)(terraform|tofu)$/.test(program) && command === "apply";
    } catch {
      return false;
    }
  });
  if (applying.length === 0) throw new Error("terraform: none is applying anything");
  for (const pid of applying) process.kill(pid, "SIGKILL");
}
