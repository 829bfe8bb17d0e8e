import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tryInit } from "./choose-providers";

/** Terraform configuration of the command line (`TF_CLI_CONFIG_FILE`) that takes providers from the mirror only. */
export function mirrorConfiguration(cacheDirectory: string): string {
  return join(cacheDirectory, "providers", "terraformrc");
}

/**
 * Fetches the real providers into the cache, because the local cloud has no way out: from wherever the person's own
 * Terraform configuration or the registry gives them, on this machine's own network. What the cache has already is not
 * fetched again. Where they cannot be had there is no mirror. Returns why not, or nothing when the mirror is complete.
 */
export async function provideProviderMirror(
  cacheDirectory: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const configuration = mirrorConfiguration(cacheDirectory);
  const mirror = join(cacheDirectory, "providers", "mirror");
  await mkdir(mirror, { recursive: true });
  await writeFile(configuration, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  const fromMirror = { ...environment, TF_CLI_CONFIG_FILE: configuration };
  if ((await tryInit(fromMirror)) === undefined) return undefined;
  // A plugin cache has the layout of a mirror.
  const problem = (await tryInit({ ...environment, TF_PLUGIN_CACHE_DIR: mirror })) ?? (await tryInit(fromMirror));
  if (problem !== undefined) await rm(configuration);
  return problem;
}
