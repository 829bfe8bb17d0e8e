import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runProgram } from "../../programs/run-program";
import { ImageLayout, ownArchitecture } from "./image-layout";

const DEMO = path.join(PROJECT_DIRECTORY, "cloud-init/app/demo/rootfs");
/** What the demo needs besides Python's own library; libc-bin, because ctypes asks ldconfig where libpq is. */
const PACKAGES = ["python3-psycopg", "python3-psycopg-pool", "libc-bin"];
/** In no package: the links and the cache by which programs and libraries are found. */
const SYSTEM_FILES = ["bin", "lib", "lib64", "sbin", "etc/ld.so.cache"];
const UNUSED = /^usr\/(share\/(doc|info|lintian|locale|man)|lib\/[^/]+\/(gconv|perl))(\/|$)/;

/**
 * Makes a layout, in a directory that is not there yet, with one image: the demo application in a container, about
 * 50 MB. It consists of Debian packages of `droplet`, the tree of the image of droplets, and so needs no network.
 */
export async function buildDemoImage(droplet: string, directory: string): Promise<ImageLayout> {
  await mkdir(directory);
  const layout = new ImageLayout(directory);
  await layout.create();
  const layers = [
    await addLayer(layout, droplet, await filesOfPackages(droplet, PACKAGES), []),
    await addLayer(layout, DEMO, ["usr/local/lib/demo-app"], ["--recursion", "--exclude=__pycache__"]),
  ];
  const config = {
    os: "linux",
    architecture: ownArchitecture,
    config: { User: "1000:1000", Cmd: ["/usr/bin/python3", "-B", "/usr/local/lib/demo-app"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
  await layout.setOnlyImage(await layout.addJson(config, "application/vnd.oci.image.config.v1+json"), layers);
  return layout;
}

/** Files below `root`, as the same bytes whenever they are the same files. */
export async function addLayer(
  layout: ImageLayout,
  root: string,
  files: readonly string[],
  options: readonly string[],
) {
  const scratch = await mkdtemp(path.join(tmpdir(), "layer-"));
  try {
    const archive = path.join(scratch, "layer.tar");
    const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    const from = ["--directory", root, "--no-recursion", ...options, "--files-from=-"];
    const input = files.map((file) => `${file}\n`).join("");
    await runProgram(["tar", "--create", "--file", archive, ...reproducible, ...from], { input, timeoutSeconds: 120 });
    return await layout.addFile(archive, "application/vnd.oci.image.layer.v1.tar");
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/**
 * What of the tree `root` makes programs of these packages run: files and directories of them and of all that they depend
 * on, and the system's own, without leading slash.
 */
export async function filesOfPackages(root: string, names: readonly string[]): Promise<string[]> {
  const database = path.join(root, "var/lib/dpkg");
  const packages = parsePackages(await readFile(path.join(database, "status"), "utf8"));
  const lists = [...closure(packages, names)].map(async (name) => {
    const { architecture, multiArch } = packages.get(name)!;
    const list = multiArch === "same" ? `${name}:${architecture}.list` : `${name}.list`;
    return readFile(path.join(database, "info", list), "utf8");
  });
  const paths = (await Promise.all(lists)).flatMap((list) => list.split("\n"));
  const files = [...new Set(paths.filter((file) => /^\/[^.]/.test(file)).map((file) => file.slice(1)))].sort();
  return [...SYSTEM_FILES, ...files.filter((file) => !UNUSED.test(file))];
}

interface InstalledPackage {
  readonly architecture: string | undefined;
  readonly multiArch: string | undefined;
  /** Each a choice of names. */
  readonly depends: readonly (readonly string[])[];
}

/** Reads dpkg's status file (deb-control(5)). */
function parsePackages(status: string): Map<string, InstalledPackage> {
  return new Map(
    status.split("\n\n").map((paragraph) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1];
      const dependencies = [field("Depends"), field("Pre-Depends")].flatMap((list) => list?.split(",") ?? []);
      const depends = dependencies.map((choice) => choice.split("|").map((one) => one.trim().split(/[ :]/)[0]!));
      return [field("Package") ?? "", { architecture: field("Architecture"), multiArch: field("Multi-Arch"), depends }];
    }),
  );
}

function closure(packages: ReadonlyMap<string, InstalledPackage>, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const choice of packages.get(name)!.depends) {
      const chosen = choice.find((one) => packages.has(one));
      if (chosen !== undefined) visit(chosen);
    }
  };
  names.forEach(visit);
  return found;
}
