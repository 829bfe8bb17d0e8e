import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import { recipeKey } from "../../../local-cloud/images/image-recipe";
import { provideImages } from "../../../local-cloud/images/images";
import { addLayer, filesOfPackages } from "../../../local-cloud/registry/demo-image";
import { ImageLayout, ownArchitecture } from "../../../local-cloud/registry/image-layout";
import { runProgram } from "../../../programs/run-program";

/** How the image of an application is made, on this machine and without Docker. */
export interface ImageRecipe {
  /** What holds the recipe, the file of this first: another content makes another image. */
  readonly files: readonly [string, ...string[]];
  /** As in a Dockerfile: User, Entrypoint, Cmd, Env, WorkingDir. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Debian packages of the image of droplets that it begins with. @default none, FROM scratch */
  readonly packages?: readonly string[];
  /** Puts the files of this version into `root`, where those of the packages are already. */
  readonly fill: (root: string, version: string) => Promise<void>;
}

/** The image of a version as an OCI layout for `push-image`; from the cache, where it is made once. */
export async function provideApplicationImage(recipe: ImageRecipe, version: string): Promise<string> {
  const name = path.basename(recipe.files[0], ".ts");
  const directory = path.join(cacheDirectory(), "applications");
  const layout = path.join(directory, `${name}-${version}-${recipeKey([...recipe.files, __filename], process.arch)}`);
  if (existsSync(layout)) return layout;
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(path.join(directory, "new-"));
  try {
    await build(recipe, version, scratch);
    await rename(path.join(scratch, "layout"), layout);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return layout;
}

async function build(recipe: ImageRecipe, version: string, scratch: string): Promise<void> {
  const layout = new ImageLayout(path.join(scratch, "layout"));
  await mkdir(layout.directory);
  await layout.create();
  const root = path.join(scratch, "root");
  await mkdir(root);
  if (recipe.packages) await copyPackages(recipe.packages, root);
  await recipe.fill(root, version);
  const layer = await addLayer(layout, root, ["."], ["--recursion"]);
  const config = {
    os: "linux",
    architecture: ownArchitecture,
    config: recipe.config,
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  };
  await layout.setOnlyImage(await layout.addJson(config, "application/vnd.oci.image.config.v1+json"), [layer]);
}

async function copyPackages(packages: readonly string[], root: string): Promise<void> {
  const { droplet } = await provideImages({ cacheDirectory: cacheDirectory() });
  const from = droplet[0]!;
  const input = (await filesOfPackages(from, packages)).map((file) => `${file}\n`).join("");
  const copy = 'tar --create --directory "$1" --no-recursion --files-from=- | tar --extract --directory "$2"';
  await runProgram(["sh", "-c", copy, "copy", from, root], { input, timeoutSeconds: 120 });
}
