import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import { tryFindImages, type Images } from "../../../local-cloud/images/images";
import { dropletCommand } from "../../../local-cloud/machines/nspawn-machines";
import { OuterCloud, type CloudNetwork as Where } from "../../../local-cloud/outer-cloud/outer-cloud";
import { tryRunProgram, type ProgramResult } from "../../../programs/run-program";
import { waitUntil } from "../../../programs/wait-until";

/** What a test of real machines lacks on this machine; undefined when it can run. */
export function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  return findImages() ? undefined : "needs the images of the local cloud (npm test builds them)";
}

export function findImages(): Images | undefined {
  return tryFindImages(cacheDirectory());
}

/** A cloud with a state directory of its own: machines, network, metadata and names, without the APIs. */
export class CloudUnderTest implements AsyncDisposable {
  private constructor(
    readonly stateDirectory: string,
    readonly outer: OuterCloud,
  ) {}

  static async start(authority = ""): Promise<CloudUnderTest> {
    const stateDirectory = await mkdtemp(join(tmpdir(), "machines-"));
    const program = join(__dirname, "inside-cloud.ts");
    const tsx = require.resolve("tsx/cjs");
    const outer = await OuterCloud.create({
      stateDirectory,
      command: [process.execPath, "--require", tsx, program, stateDirectory, JSON.stringify(findImages()), authority],
    });
    const cloud = new CloudUnderTest(stateDirectory, outer);
    await waitUntil("start of the cloud's services", 100, () => {
      if (!outer.isRunning()) throw new Error(readFileSync(join(stateDirectory, "cloud.log"), "utf8"));
      // The socket is there a moment before it listens.
      return cloud.call("powerChanges").catch(() => undefined);
    });
    return cloud;
  }

  call<T = void>(call: string, ...args: unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(this.stateDirectory, "test.sock"));
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("error", reject);
      socket.on("close", () => {
        if (text === "") return reject(new Error(`${call}: the cloud's services ended`));
        const answer = JSON.parse(text) as { value: T; error?: string };
        if (answer.error === undefined) resolve(answer.value);
        else reject(new Error(answer.error));
      });
      socket.write(`${JSON.stringify({ call, args })}\n`);
    });
  }

  /** Runs a command as a visitor (`internet`), Cloudflare's edge, the cloud itself, or with a node's network only. */
  async runIn(network: Where, argv: readonly string[]): Promise<ProgramResult> {
    return tryRunProgram(await this.outer.enter(argv, network), { timeoutSeconds: 60 });
  }

  /** Runs a command in a droplet, through the outer cloud, as the command line does. */
  async runOn(id: number, argv: readonly string[]): Promise<ProgramResult> {
    return tryRunProgram(await this.outer.enter(dropletCommand(id, argv)), { timeoutSeconds: 60 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await OuterCloud.destroy(this.stateDirectory);
  }
}
