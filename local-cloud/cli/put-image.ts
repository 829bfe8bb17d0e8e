import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../control/directories";
import { provideImages } from "../images/images";
import { buildDemoImage } from "../registry/demo-image";
import { ImageLayout } from "../registry/image-layout";
import type { ImageReference } from "../registry/image-reference";
import { openImage } from "../registry/open-image";
import { type RegistryLogin, RegistryLogins } from "../registry/registry-logins";
import type { LocalCloud } from "../client/local-cloud";

/**
 * Lets droplets pull an image by a name from now on; resolves to its digest. `file` is what `podman save` or
 * `docker save` made. @default the demo application in a container
 * With `login`, the registry asks everybody for it from now on, for all its images.
 */
export async function putImage(
  cloud: LocalCloud,
  reference: ImageReference,
  file?: string,
  login?: RegistryLogin,
): Promise<string> {
  const { temporary, registry } = cloud.directory;
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(path.join(temporary, "image-"));
  try {
    const image = file === undefined ? await demoImage(scratch) : await openImage(file, scratch);
    const { digest } = await new ImageLayout(registry).add(reference, image);
    if (login !== undefined) new RegistryLogins(registry).set(reference.registry, login);
    await cloud.control.serveRegistry(reference.registry);
    return digest;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function demoImage(scratch: string): Promise<ImageLayout> {
  const { droplet } = await provideImages({ cacheDirectory: cacheDirectory() });
  return buildDemoImage(droplet[0]!, path.join(scratch, "layout"));
}
