import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ProviderChoice {
  readonly kind: "bridge" | "real";
  /** Why, for people. */
  readonly reason: string;
}

/** A download of all three providers over a slow line ends within this; a refusal comes at once. */
const probeLimitMs = 120_000;

const bindings = ["@cdktf/provider-digitalocean", "@cdktf/provider-cloudflare", "@cdktf/provider-tls"];

/**
 * Chooses between the real providers and the bridge: `PROVIDERS=real` or `PROVIDERS=bridge` says which; else the real
 * ones are taken if `terraform init` can get the versions of this project's bindings here, from the registry or from a
 * mirror that the person's own terraform configuration names.
 */
export async function chooseProviders(environment: NodeJS.ProcessEnv): Promise<ProviderChoice> {
  const wanted = environment.PROVIDERS;
  if (wanted === "bridge" || wanted === "real") return { kind: wanted, reason: `PROVIDERS=${wanted}` };
  if (wanted) throw new Error(`PROVIDERS: unknown choice, got "${wanted}", allowed "bridge" or "real"`);
  const problem = await tryInit(environment);
  return problem === undefined
    ? { kind: "real", reason: "terraform init can get them" }
    : { kind: "bridge", reason: `terraform init cannot get the real ones: ${problem}` };
}

/** Runs `terraform init` in a directory of its own; returns the first error, or nothing when all is well. */
export async function tryInit(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "provider-probe-"));
  try {
    const terraform = { required_providers: await requiredProviders() };
    await writeFile(join(directory, "main.tf.json"), JSON.stringify({ terraform }));
    return await init(directory, environment);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function requiredProviders(): Promise<Record<string, object>> {
  const described = bindings.map(async (name) => {
    const path = require.resolve(`${name}/package.json`);
    const { cdktf } = JSON.parse(await readFile(path, "utf8")) as { cdktf: { provider: Provider } };
    const [, ...source] = cdktf.provider.name.split("/");
    return [source[1], { source: source.join("/"), version: cdktf.provider.version }] as const;
  });
  return Object.fromEntries(await Promise.all(described));
}

interface Provider {
  /** With the registry's host in front. */
  readonly name: string;
  readonly version: string;
}

function init(directory: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { TF_REATTACH_PROVIDERS: _, ...inherited } = environment;
  const env = { ...inherited, CHECKPOINT_DISABLE: "1" };
  const args = ["init", "-input=false", "-no-color", "-backend=false"];
  return new Promise((resolve) => {
    execFile("terraform", args, { cwd: directory, env, timeout: probeLimitMs }, (error, stdout, stderr) => {
      if (!error) resolve(undefined);
      else if (error.killed) resolve(`no end after ${probeLimitMs / 1000} s`);
      else resolve(firstError(stdout + stderr) ?? error.message);
    });
  });
}

/** The cause at the end of the first error, without terraform's line wrapping. */
function firstError(output: string): string | undefined {
  const [, after] = output.split("Error: ");
  const paragraph = after?.split("\n\n")[1]?.replace(/\s+/g, " ").trim();
  return paragraph?.split(": ").slice(-2).join(": ");
}
