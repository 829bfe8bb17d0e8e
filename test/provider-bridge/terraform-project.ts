import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProviderBridge, type ProviderBridge } from "../../provider-bridge/provider-bridge";

/** One run of terraform. */
export interface Run {
  readonly code: number;
  /** What it printed, both streams, without line wrapping by its frame. */
  readonly output: string;
}

/** What a plan would do, by resource address: `create`, `update`, `delete`, `delete+create`; reads are left out. */
export type PlannedActions = Readonly<Record<string, string>>;

const limitMs = 400_000;

/** A directory with a configuration, a state and a bridge of its own, for the real terraform. */
export class TerraformProject implements AsyncDisposable {
  private constructor(
    readonly directory: string,
    private readonly bridge: ProviderBridge,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /**
   * `environment` is where the providers find endpoints and tokens, `variables` the environment of terraform itself
   * beside what every run needs.
   */
  static async start(environment: NodeJS.ProcessEnv, variables: NodeJS.ProcessEnv = {}): Promise<TerraformProject> {
    const directory = await mkdtemp(join(tmpdir(), "terraform-project-"));
    const bridge = await startProviderBridge({ socketDirectory: directory, environment });
    await writeFile(join(directory, "terraform.rc"), "");
    return new TerraformProject(directory, bridge, {
      ...variables,
      PATH: process.env.PATH,
      HOME: directory,
      TF_REATTACH_PROVIDERS: bridge.reattach,
      TF_CLI_CONFIG_FILE: join(directory, "terraform.rc"),
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
    });
  }

  /** Replaces the configuration; the providers need not be named in it, and a section may be empty. */
  async configure(configuration: Readonly<Record<string, object>>): Promise<void> {
    await this.write(configuration);
    await this.succeed("init");
  }

  /** As `configure`, without telling terraform; enough once it has been told of the providers. */
  async write(configuration: Readonly<Record<string, object>>): Promise<void> {
    const terraform = { required_providers: requiredProviders };
    const sections = Object.entries(configuration).filter(([, section]) => Object.keys(section).length > 0);
    const text = JSON.stringify({ terraform, ...Object.fromEntries(sections) });
    await writeFile(join(this.directory, "main.tf.json"), text);
  }

  async apply(...args: readonly string[]): Promise<Run> {
    return this.run("apply", "-auto-approve", ...args);
  }

  async destroy(): Promise<Run> {
    return this.run("destroy", "-auto-approve");
  }

  /** Plans and returns what would happen; throws when terraform cannot plan. */
  async plannedActions(...args: readonly string[]): Promise<PlannedActions> {
    const { resource_changes: changes = [] } = await this.plan(...args);
    const actions = changes.map((change) => [change.address, change.change.actions.join("+")] as const);
    return Object.fromEntries(actions.filter(([, action]) => action !== "no-op" && action !== "read"));
  }

  async plan(...args: readonly string[]): Promise<JsonPlan> {
    await this.succeed("plan", "-out=plan", ...args);
    return JSON.parse((await this.succeed("show", "-json", "plan")).output) as JsonPlan;
  }

  /** Attributes of a resource or data source in the state, by its address. */
  async attributes(address: string): Promise<Record<string, any>> {
    const state = JSON.parse((await this.succeed("show", "-json")).output);
    const found = state.values?.root_module?.resources?.find((resource: any) => resource.address === address);
    if (!found) throw new Error(`${address}: not in the state`);
    return found.values;
  }

  /** Addresses in the state. */
  async addresses(): Promise<string[]> {
    const { output } = await this.succeed("state", "list");
    return output.split("\n").filter((line) => line !== "");
  }

  async succeed(...args: readonly string[]): Promise<Run> {
    const run = await this.run(...args);
    if (run.code !== 0) throw new Error(`terraform ${args.join(" ")}: exit code ${run.code}\n${run.output}`);
    return run;
  }

  run(...args: readonly string[]): Promise<Run> {
    const [command = "", ...rest] = args;
    const flags = ["init", "plan", "apply", "destroy", "import"].includes(command) ? ["-no-color", "-input=false"] : [];
    const options = { cwd: this.directory, env: this.environment, timeout: limitMs, maxBuffer: 64 << 20 };
    return new Promise((resolve) => {
      execFile("terraform", [command, ...flags, ...rest], options, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === "number" ? error.code : 255) : 0;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bridge.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export interface JsonPlan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before: Record<string, any> | null;
      readonly after: Record<string, any> | null;
      readonly after_unknown: Record<string, any>;
      readonly replace_paths?: readonly (readonly (string | number)[])[];
    };
  }[];
}

const requiredProviders = {
  digitalocean: { source: "digitalocean/digitalocean" },
  cloudflare: { source: "cloudflare/cloudflare" },
  tls: { source: "hashicorp/tls" },
};
