import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ImageLayout, ownArchitecture } from "../../../local-cloud/registry/image-layout";

const directories: string[] = [];
afterAll(() => directories.forEach((directory) => rmSync(directory, { recursive: true })));

/** A directory of the test's own, removed after all tests of the file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "registry-"));
  directories.push(directory);
  return directory;
}

export async function emptyLayout(): Promise<ImageLayout> {
  const layout = new ImageLayout(temporaryDirectory());
  await layout.create();
  return layout;
}

/** A layout with one image, whose only layer is `content`. */
export async function layoutWithImage(content = "a layer", architecture = ownArchitecture): Promise<ImageLayout> {
  const layout = await emptyLayout();
  const file = path.join(layout.directory, "layer");
  writeFileSync(file, content);
  const layer = await layout.addFile(file, "application/vnd.oci.image.layer.v1.tar");
  const config = { os: "linux", architecture, rootfs: { type: "layers", diff_ids: [layer.digest] } };
  await layout.setOnlyImage(await layout.addJson(config, "application/vnd.oci.image.config.v1+json"), [layer]);
  return layout;
}
