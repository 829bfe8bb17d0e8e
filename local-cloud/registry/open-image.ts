import { existsSync } from "node:fs";
import { mkdir, open, readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../../programs/run-program";
import { ImageLayout, type Descriptor } from "./image-layout";

const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";

/**
 * The images in a file or directory: what `podman save` or `docker save` made, in any of their formats, compressed or
 * not. An archive is unpacked into `scratch`, an empty directory on which nothing else relies. Needs tar.
 */
export async function openImage(file: string, scratch: string): Promise<ImageLayout> {
  const isDirectory = (await stat(file)).isDirectory();
  // Neither leads anything out of the directory: tar takes off leading slashes and refuses "..".
  const unpack = [
    "tar",
    "--extract",
    "--no-same-owner",
    "--no-same-permissions",
    "--file",
    file,
    "--directory",
    scratch,
  ];
  if (!isDirectory) await runProgram(unpack, { timeoutSeconds: 600 });
  const directory = isDirectory ? file : scratch;
  if (existsSync(path.join(directory, "index.json"))) return new ImageLayout(directory);
  if (!isDirectory && existsSync(path.join(directory, "manifest.json"))) return convertDockerArchive(directory);
  throw new Error(`${file}: must be an OCI layout or what podman save or docker save makes, got neither`);
}

/** One entry of a Docker archive's manifest.json: files of the archive. */
interface DockerImage {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** Docker's own format, podman's default: the same parts as OCI's without a manifest. */
async function convertDockerArchive(directory: string): Promise<ImageLayout> {
  const images = JSON.parse(await readFile(path.join(directory, "manifest.json"), "utf8")) as readonly DockerImage[];
  const [image] = images;
  if (image === undefined || images.length > 1) throw new Error(`archive: must hold one image, got ${images.length}`);
  const layout = new ImageLayout(path.join(directory, "layout"));
  await mkdir(layout.directory);
  await layout.create();
  const layers: Descriptor[] = [];
  for (const name of image.Layers) {
    const file = await findMember(directory, name);
    layers.push(await layout.addFile(file, (await isGzip(file)) ? `${LAYER_TYPE}+gzip` : LAYER_TYPE));
  }
  await layout.setOnlyImage(await layout.addFile(await findMember(directory, image.Config), CONFIG_TYPE), layers);
  return layout;
}

/** Layers that are the same are links to one of them; a link that leads elsewhere is none of the archive's. */
async function findMember(directory: string, name: string): Promise<string> {
  const file = await realpath(path.join(directory, name));
  if (file.startsWith(`${await realpath(directory)}/`)) return file;
  throw new Error(`archive: ${name} must be in it, got a link to ${file}`);
}

async function isGzip(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.readUInt16BE() === 0x1f8b;
}
