import { existsSync, readFileSync } from "node:fs";
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { ControlClient } from "./control-client";
import type { DropletStatus } from "../control/cloud-status";
import { StateDirectory } from "../control/directories";
import { renewToken } from "../control/credentials";
import { OuterCloud, type CloudNetwork } from "../outer-cloud/outer-cloud";
import { operatorEnvironment } from "./operator";
import { tryRunProgram, type ProgramResult } from "../../programs/run-program";
import { UserError } from "../../programs/user-error";

/** The local cloud of this state directory, as the commands other than `up` find it: running. */
export class LocalCloud {
  private constructor(
    readonly directory: StateDirectory,
    readonly outerCloud: OuterCloud,
    readonly control: ControlClient,
  ) {}

  /** The running cloud, or undefined. */
  static async tryFind(stateDirectory?: string): Promise<LocalCloud | undefined> {
    const directory = new StateDirectory(stateDirectory);
    const outerCloud = OuterCloud.tryFind(directory.root);
    const control = new ControlClient(directory.controlSocket);
    return outerCloud && (await control.isUp()) ? new LocalCloud(directory, outerCloud, control) : undefined;
  }

  /** The running cloud; throws when there is none. */
  static async find(): Promise<LocalCloud> {
    const cloud = await LocalCloud.tryFind();
    if (cloud === undefined) throw new UserError("no local cloud is running; start it with: ./run local");
    return cloud;
  }

  /** The droplet with this name, end of a name ("web-1") or id; throws when there is none. */
  async findDroplet(nameOrId: string): Promise<DropletStatus> {
    const { droplets } = await this.control.status();
    // While a node is replaced its successor has the same name: the newer one is meant.
    const found = droplets.findLast(
      ({ id, name }) => name === nameOrId || name.endsWith(`-${nameOrId}`) || String(id) === nameOrId,
    );
    if (found === undefined) {
      const known = droplets.map(({ name }) => name).join(", ") || "none";
      throw new UserError(`node: must be the name or id of a droplet, got "${nameOrId}"; there is: ${known}`);
    }
    return found;
  }

  /** Port on 127.0.0.1 where the site is served. */
  get port(): number | undefined {
    return existsSync(this.directory.port) ? Number(readFileSync(this.directory.port, "utf8")) : undefined;
  }

  /** Every process of the cloud, droplets' included. */
  processes(): Promise<number[]> {
    return this.outerCloud.processes();
  }

  /** Starts a command where operators and visitors are, with the operator's environment and what `environment` adds. */
  async startAsOperator(
    argv: readonly string[],
    stdio: StdioOptions,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<ChildProcess> {
    const [program, ...args] = await this.outerCloud.enter(argv, "internet");
    return spawn(program!, args, { env: { ...operatorEnvironment(this.directory), ...environment }, stdio });
  }

  /** Runs a command where operators and visitors are, to its end, whatever its exit status. */
  async runAsOperator(argv: readonly string[], timeoutSeconds?: number): Promise<ProgramResult> {
    const environment = operatorEnvironment(this.directory);
    return tryRunProgram(await this.outerCloud.enter(argv, "internet"), { environment, timeoutSeconds });
  }

  /** Runs a command where the edge's locations are, to its end, whatever its exit status. */
  async runAtEdge(argv: readonly string[], timeoutSeconds?: number): Promise<ProgramResult> {
    return tryRunProgram(await this.outerCloud.enter(argv, "edge"), { timeoutSeconds });
  }

  /** Runs a command as root on a droplet, to its end, whatever its exit status. */
  async runOnDroplet(id: number, argv: readonly string[], timeoutSeconds?: number): Promise<ProgramResult> {
    const enter = await this.control.enterCommand(id);
    return tryRunProgram(await this.outerCloud.enter([...enter, ...argv]), { timeoutSeconds });
  }

  /** Puts a new token in the place of a Terraform variable's old one, which is good until `revokeOld` is called. */
  async renewToken(variable: string): Promise<{ readonly revokeOld: () => Promise<void> }> {
    const renewed = renewToken(this.directory.credentials, variable);
    await this.control.grantToken(renewed.new);
    return { revokeOld: () => this.control.revokeToken(renewed.old.token) };
  }

  /** Runs a command inside the cloud on this terminal; resolves to its exit status. */
  async run(argv: readonly string[], network: CloudNetwork, environment: NodeJS.ProcessEnv): Promise<number> {
    const [program, ...args] = await this.outerCloud.enter(argv, network);
    const child = spawn(program!, args, { stdio: "inherit", env: environment });
    // Ctrl-C reaches the whole foreground group: the command decides what to do with it, and is waited for.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    try {
      return await new Promise<number>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolve(code ?? 1));
      });
    } finally {
      process.off("SIGINT", ignore);
    }
  }
}
