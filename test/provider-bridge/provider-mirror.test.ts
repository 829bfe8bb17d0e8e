import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { provideProviderMirror } from "../../provider-bridge/provider-mirror";

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(path.join(tmpdir(), "provider-mirror-"))));
afterEach(() => rm(directory, { recursive: true }));

/**
 * A terraform whose init succeeds from a mirror that has something, fills a plugin cache where `network` lets it, and
 * keeps a list of what it was asked from.
 */
async function terraform(network: boolean): Promise<NodeJS.ProcessEnv> {
  await writeFile(
    path.join(directory, "terraform"),
    `#!/bin/sh
if [ -n "$TF_PLUGIN_CACHE_DIR" ]; then
  echo network >>${directory}/asked
  ${network ? 'touch "$TF_PLUGIN_CACHE_DIR/provider"' : "printf 'Error: no\\n\\nbecause: no such host\\n\\n' >&2; exit 1"}
else
  echo mirror >>${directory}/asked
  [ -e ${directory}/cache/providers/mirror/provider ] || exit 1
fi
`,
  );
  await chmod(path.join(directory, "terraform"), 0o755);
  return { PATH: `${directory}:${process.env.PATH}` };
}

const asked = async (): Promise<string[]> => (await readFile(path.join(directory, "asked"), "utf8")).trim().split("\n");

test("providers are fetched once, and from then on come from the mirror", async () => {
  const configuration = path.join(directory, "cache/providers/terraformrc");
  const environment = await terraform(true);
  expect(await provideProviderMirror(configuration, environment)).toBeUndefined();
  expect(await provideProviderMirror(configuration, environment)).toBeUndefined();
  expect(await asked()).toEqual(["mirror", "network", "mirror", "mirror"]);
  expect(await readFile(configuration, "utf8")).toContain(`path = "${directory}/cache/providers/mirror"`);
});

test("without a way to get them there is no mirror, and the reason is told", async () => {
  const configuration = path.join(directory, "cache/providers/terraformrc");
  expect(await provideProviderMirror(configuration, await terraform(false))).toBe("because: no such host");
  expect(existsSync(configuration)).toBe(false);
});
