import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ImageReference } from "./image-reference";

/** What an image index or a manifest says about a blob (OCI image specification, "Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly mediaType?: string;
  /** Of an index: the manifests of the same image for several architectures. */
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const REFERENCE_NAME = "org.opencontainers.image.ref.name";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** What registries accept; nothing larger is read as a manifest. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** This machine's, in the words of images. */
export const ownArchitecture = process.arch === "x64" ? "amd64" : process.arch;

/** A directory of images in the OCI image layout, where each is named by its full reference. */
export class ImageLayout {
  constructor(readonly directory: string) {}

  /** Makes an empty one where there is none. */
  async create(): Promise<void> {
    if (existsSync(path.join(this.directory, "index.json"))) return;
    await mkdir(path.join(this.directory, "blobs/sha256"), { recursive: true });
    await writeFile(path.join(this.directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await this.writeIndex([]);
  }

  async images(): Promise<readonly Descriptor[]> {
    const { manifests } = JSON.parse(await readFile(path.join(this.directory, "index.json"), "utf8")) as Manifest;
    return manifests ?? [];
  }

  async tryFind(reference: ImageReference): Promise<Descriptor | undefined> {
    const name = renderReference(reference);
    return (await this.images()).find(({ annotations }) => annotations?.[REFERENCE_NAME] === name);
  }

  /** The file that holds the bytes of a digest, whether it is there or not. */
  blobFile(digest: string): string {
    if (!isDigest(digest)) throw new Error(`digest: must be sha256:…, got ${JSON.stringify(digest)}`);
    return path.join(this.directory, "blobs/sha256", digest.slice("sha256:".length));
  }

  /** An index or a manifest; undefined for other blobs and for those that are not there. */
  async tryReadManifest(digest: string): Promise<{ mediaType: string; content: Buffer } | undefined> {
    const file = this.blobFile(digest);
    const { size } = await stat(file).catch(() => ({ size: Infinity }));
    if (size > MANIFEST_LIMIT) return undefined;
    const content = await readFile(file);
    const manifest = tryParse(content);
    if (manifest === undefined) return undefined;
    return { mediaType: manifest.mediaType ?? (manifest.manifests ? INDEX_TYPE : MANIFEST_TYPE), content };
  }

  /**
   * Takes an image of another layout in under a name, which it takes from the image that had it. Throws when anything
   * of the image is missing or damaged, or when it is not for this machine.
   */
  async add(reference: ImageReference, source: ImageLayout): Promise<Descriptor> {
    await this.create();
    const { mediaType, digest, size } = choose(await source.images(), reference);
    const architectures = await this.copyImage(source, digest);
    if (!architectures.includes(ownArchitecture))
      throw new Error(`image: must be for linux/${ownArchitecture}, got one for ${architectures.join(", ")}`);
    const name = renderReference(reference);
    const others = (await this.images()).filter(({ annotations }) => annotations?.[REFERENCE_NAME] !== name);
    const added = { mediaType, digest, size, annotations: { [REFERENCE_NAME]: name } };
    await this.writeIndex([...others, added]);
    return added;
  }

  /** Copies a manifest with all that it names, or those of an index that are there; returns their architectures. */
  private async copyImage(source: ImageLayout, digest: string): Promise<string[]> {
    await this.copyBlob(source, digest);
    const { manifests, config, layers } = tryParse(await readFile(this.blobFile(digest))) ?? {};
    if (manifests) {
      // `docker save` names every architecture, and puts in what it has.
      const there = manifests.filter((child) => existsSync(source.blobFile(child.digest)));
      const found: string[] = [];
      for (const child of there) found.push(...(await this.copyImage(source, child.digest)));
      return found;
    }
    if (!config || !layers) throw new Error(`image: ${digest} must be an image manifest or an index of them`);
    for (const blob of [config, ...layers]) await this.copyBlob(source, blob.digest);
    const text = await readFile(this.blobFile(config.digest), "utf8");
    return [(JSON.parse(text) as { architecture?: string }).architecture ?? "an unknown architecture"];
  }

  private async copyBlob(source: ImageLayout, digest: string): Promise<void> {
    const [from, to] = [source.blobFile(digest), this.blobFile(digest)];
    if (existsSync(to)) return;
    if (!existsSync(from)) throw new Error(`image: ${digest} is missing`);
    const copy = `${to}.${randomUUID()}`;
    try {
      await copyFile(from, copy);
      const found = await digestOf(copy);
      if (found !== digest) throw new Error(`image: ${digest} is damaged, its content has ${found}`);
      await rename(copy, to);
    } finally {
      await rm(copy, { force: true });
    }
  }

  private async writeIndex(manifests: readonly Descriptor[]): Promise<void> {
    const file = path.join(this.directory, "index.json");
    await writeFile(`${file}.new`, JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
    await rename(`${file}.new`, file);
  }

  /** Puts a copy of a file in as a blob. */
  async addFile(file: string, mediaType: string): Promise<Descriptor> {
    const [digest, { size }] = [await digestOf(file), await stat(file)];
    await copyFile(file, this.blobFile(digest));
    return { mediaType, digest, size };
  }

  /** Puts JSON in as a blob. */
  async addJson(value: object, mediaType: string): Promise<Descriptor> {
    const content = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    await writeFile(this.blobFile(digest), content);
    return { mediaType, digest, size: content.length };
  }

  /** Makes an image of blobs that are in already the only one. */
  async setOnlyImage(config: Descriptor, layers: readonly Descriptor[]): Promise<void> {
    const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers };
    await this.writeIndex([await this.addJson(manifest, MANIFEST_TYPE)]);
  }
}

/** Whether a text is the digest of a blob, of the one kind that layouts here have. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

export function renderReference({ registry, repository, tag }: ImageReference): string {
  return `${registry}/${repository}:${tag}`;
}

/** The image that is meant: the only one, or the one with the name or tag. */
function choose(images: readonly Descriptor[], reference: ImageReference): Descriptor {
  const names = [renderReference(reference), reference.tag];
  const namesOf = ({ annotations }: Descriptor) => [
    annotations?.["io.containerd.image.name"],
    annotations?.[REFERENCE_NAME],
  ];
  const meant =
    images.length === 1 ? images : images.filter((one) => namesOf(one).some((name) => names.includes(name!)));
  if (meant.length === 1) return meant[0]!;
  const found = images.map((one) => namesOf(one).find((name) => name !== undefined) ?? one.digest).join(", ");
  throw new Error(`image: must be the only one or have the name ${names[0]}, got ${found || "none"}`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

function tryParse(content: Buffer): Manifest | undefined {
  try {
    const value = JSON.parse(content.toString()) as Manifest & { schemaVersion?: number };
    return value?.schemaVersion === 2 ? value : undefined;
  } catch {
    return undefined;
  }
}
