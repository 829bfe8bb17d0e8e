import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ImageLayout, ownArchitecture } from "../../../local-cloud/registry/image-layout";
import { emptyLayout, layoutWithImage } from "./layout-for-tests";

const shop = { registry: "ghcr.io", repository: "example/shop", tag: "1" };

async function layerOf(layout: ImageLayout): Promise<string> {
  const [image] = await layout.images();
  const manifest = JSON.parse(readFileSync(layout.blobFile(image!.digest), "utf8")) as { layers: { digest: string }[] };
  return manifest.layers[0]!.digest;
}

/** What `docker save` makes of an image for several architectures: an index, of which only one is in the archive. */
async function layoutWithIndex(): Promise<ImageLayout> {
  const layout = await layoutWithImage();
  const [image] = await layout.images();
  const absent = { mediaType: image!.mediaType, digest: `sha256:${"0".repeat(64)}`, size: 1 };
  const type = "application/vnd.oci.image.index.v1+json";
  const index = await layout.addJson({ schemaVersion: 2, mediaType: type, manifests: [absent, image] }, type);
  writeFileSync(path.join(layout.directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  return layout;
}

test("an image is found by its whole name, and all its blobs are there", async () => {
  const [layout, source] = [await emptyLayout(), await layoutWithImage("files")];
  const added = await layout.add(shop, source);
  expect((await layout.tryFind(shop))?.digest).toBe(added.digest);
  expect(await layout.tryFind({ ...shop, registry: "docker.io" })).toBeUndefined();
  expect(readFileSync(layout.blobFile(await layerOf(layout)), "utf8")).toBe("files");
});

test("a name goes to the image that was put in last", async () => {
  const layout = await emptyLayout();
  const first = await layout.add(shop, await layoutWithImage("first"));
  const second = await layout.add(shop, await layoutWithImage("second"));
  expect(second.digest).not.toBe(first.digest);
  expect((await layout.images()).map(({ digest }) => digest)).toEqual([second.digest]);
});

test("of an index, what is there is taken in", async () => {
  const layout = await emptyLayout();
  const { digest } = await layout.add(shop, await layoutWithIndex());
  expect((await layout.tryReadManifest(digest))?.mediaType).toBe("application/vnd.oci.image.index.v1+json");
});

test("of several images, the one with the name is meant", async () => {
  const several = await emptyLayout();
  const wanted = await several.add(shop, await layoutWithImage("wanted"));
  await several.add({ ...shop, tag: "2" }, await layoutWithImage("other"));
  const layout = await emptyLayout();
  expect((await layout.add(shop, several)).digest).toBe(wanted.digest);
  await expect(layout.add({ ...shop, tag: "3" }, several)).rejects.toThrow(
    "image: must be the only one or have the name ghcr.io/example/shop:3, got ghcr.io/example/shop:1, ghcr.io/example/shop:2",
  );
});

test("fails for an image of another architecture", async () => {
  const source = await layoutWithImage("files", "s390x");
  await expect((await emptyLayout()).add(shop, source)).rejects.toThrow(
    `image: must be for linux/${ownArchitecture}, got one for s390x`,
  );
});

test("fails for a layer that is missing or damaged, and serves nothing of it", async () => {
  const [layout, source] = [await emptyLayout(), await layoutWithImage()];
  const digest = await layerOf(source);
  appendFileSync(source.blobFile(digest), "more");
  await expect(layout.add(shop, source)).rejects.toThrow(`image: ${digest} is damaged, its content has sha256:`);
  rmSync(source.blobFile(digest));
  await expect(layout.add(shop, source)).rejects.toThrow(`image: ${digest} is missing`);
  expect(await layout.images()).toEqual([]);
});

test("fails for a digest that would be a path", async () => {
  const layout = await emptyLayout();
  expect(() => layout.blobFile("sha256:../../../etc/passwd")).toThrow("digest: must be sha256:…");
});
