import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { tryInit } from "./choose-providers";

/**
 * Fetches the real providers into a mirror, for a machine or a namespace that has no way out: from wherever the
 * person's own Terraform configuration or the registry gives them. What the mirror has already is not fetched again.
 * `configuration` is the file to write for Terraform's command line (`TF_CLI_CONFIG_FILE`), which then takes providers
 * from the mirror only; the mirror is beside it. Where providers cannot be had there is no such file in the end.
 * Returns why not, or nothing when the mirror is complete.
 */
export async function provideProviderMirror(
  configuration: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const mirror = join(dirname(configuration), "mirror");
  await mkdir(mirror, { recursive: true });
  await writeFile(configuration, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  const fromMirror = { ...environment, TF_CLI_CONFIG_FILE: configuration };
  if ((await tryInit(fromMirror)) === undefined) return undefined;
  // A plugin cache has the layout of a mirror.
  const problem = (await tryInit({ ...environment, TF_PLUGIN_CACHE_DIR: mirror })) ?? (await tryInit(fromMirror));
  if (problem !== undefined) await rm(configuration);
  return problem;
}
