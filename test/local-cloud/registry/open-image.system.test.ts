import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ImageLayout } from "../../../local-cloud/registry/image-layout";
import { openImage } from "../../../local-cloud/registry/open-image";
import { emptyLayout, layoutWithImage, temporaryDirectory } from "./layout-for-tests";

const shop = { registry: "ghcr.io", repository: "example/shop", tag: "1" };

function archive(directory: string, ...options: string[]): string {
  const file = path.join(temporaryDirectory(), "image.tar");
  execFileSync("tar", ["--create", "--file", file, "--directory", directory, ...options, "."]);
  return file;
}

/** What the image that came in has in its layers. */
async function layersOf(image: ImageLayout): Promise<string[]> {
  const layout = await emptyLayout();
  const { digest } = await layout.add(shop, image);
  const { layers } = JSON.parse(readFileSync(layout.blobFile(digest), "utf8")) as { layers: { digest: string }[] };
  return layers.map((layer) => readFileSync(layout.blobFile(layer.digest), "utf8"));
}

/** Docker's own format, with a link for a layer that is there twice, as podman writes it. */
function dockerArchive(secondLayer: string): string {
  const directory = temporaryDirectory();
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  writeFileSync(path.join(directory, "config.json"), JSON.stringify({ os: "linux", architecture }));
  writeFileSync(path.join(directory, "one.tar"), "files");
  symlinkSync(secondLayer, path.join(directory, "two.tar"));
  const manifest = [{ Config: "config.json", RepoTags: ["localhost/shop:1"], Layers: ["one.tar", "two.tar"] }];
  writeFileSync(path.join(directory, "manifest.json"), JSON.stringify(manifest));
  return archive(directory);
}

test("a directory in the OCI layout is an image", async () => {
  const { directory } = await layoutWithImage("files");
  expect(await layersOf(await openImage(directory, temporaryDirectory()))).toEqual(["files"]);
});

test.each([["--no-auto-compress"], ["--gzip"]])("an OCI archive is an image (tar %s)", async (option) => {
  const file = archive((await layoutWithImage("files")).directory, option);
  expect(await layersOf(await openImage(file, temporaryDirectory()))).toEqual(["files"]);
});

test("an archive in Docker's format is an image", async () => {
  expect(await layersOf(await openImage(dockerArchive("one.tar"), temporaryDirectory()))).toEqual(["files", "files"]);
});

test("fails for an archive whose layer is a file of this machine", async () => {
  await expect(openImage(dockerArchive("/etc/hostname"), temporaryDirectory())).rejects.toThrow(
    "archive: two.tar must be in it, got a link to /etc/hostname",
  );
});

test("fails for a file that is no image", async () => {
  const file = archive(temporaryDirectory());
  await expect(openImage(file, temporaryDirectory())).rejects.toThrow(
    `${file}: must be an OCI layout or what podman save or docker save makes, got neither`,
  );
});
