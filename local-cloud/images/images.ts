import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tryRunProgram } from "../../programs/run-program";
import { findDebianMirror } from "./debian-mirror";
import { recipeKey } from "./image-recipe";

/** The image that droplets have here, by DigitalOcean's name. */
export const DROPLET_IMAGE = "debian-13-x64";

/** What machines and services run from. Layers are directories, topmost first; none of them is ever written to. */
export interface Images {
  /** What droplets boot. */
  readonly droplet: readonly string[];
  /** The same with PostgreSQL, pgbouncer and dnsmasq, for the cloud's own services. */
  readonly services: readonly string[];
}

export interface ProvideImagesOptions {
  /** The images are in its directory `images`, one directory for each, named by what is in it. */
  readonly cacheDirectory: string;
  /** Is called with every line that a build prints. A build takes one to three minutes and needs a mirror of Debian. */
  readonly onProgress?: (line: string) => void;
}

/**
 * The images of this version of the project; builds what is not in the cache. An interrupted build leaves nothing that
 * a later call takes for an image, two callers at once build once, and images of other versions are removed.
 * Building needs root.
 */
export async function provideImages(options: ProvideImagesOptions): Promise<Images> {
  const images = imagesIn(options.cacheDirectory);
  const [droplet, services] = [images.droplet[0]!, images.services[0]!];
  if (!existsSync(droplet)) await build([DROPLET_IMAGE, droplet], options);
  if (!existsSync(services)) await build(["services", services, droplet], options);
  return images;
}

/** The images of this version of the project if they are all in the cache, else undefined. */
export function tryFindImages(cacheDirectory: string): Images | undefined {
  const images = imagesIn(cacheDirectory);
  return images.services.every((layer) => existsSync(layer)) ? images : undefined;
}

function imagesIn(cacheDirectory: string): Images {
  const recipe = (name: string) => join(__dirname, name);
  const dropletKey = recipeKey([recipe("build"), recipe("droplet")], process.arch);
  const servicesKey = recipeKey([recipe("build"), recipe("services")], dropletKey);
  const droplet = join(cacheDirectory, "images", `${DROPLET_IMAGE}-${dropletKey}`);
  return { droplet: [droplet], services: [join(cacheDirectory, "images", `services-${servicesKey}`), droplet] };
}

async function build(args: readonly string[], options: ProvideImagesOptions): Promise<void> {
  const directory = join(options.cacheDirectory, "images");
  await mkdir(directory, { recursive: true });
  await removeOthers(directory, imagesIn(options.cacheDirectory));
  // The mounts of the build, and its processes, end with it; the lock is given back when it does.
  const locked = ["flock", join(directory, "lock")];
  const contained = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private"];
  const argv = [...locked, ...contained, "--kill-child", join(__dirname, "build"), ...args];
  const environment = { PATH: process.env.PATH, MIRROR: await machinesMirror(), ...(await proxy()) };
  await runVerbosely(argv, environment, options.onProgress ?? (() => undefined));
}

/** Removes what other versions of the recipe made, unless a running cloud has it mounted. */
async function removeOthers(directory: string, images: Images): Promise<void> {
  const others = (await readdir(directory))
    .filter((name) => [DROPLET_IMAGE, "services"].includes(/^(.*)-[0-9a-f]{12}$/.exec(name)?.[1] ?? ""))
    .map((name) => join(directory, name))
    .filter((path) => !images.services.includes(path));
  if (others.length === 0) return;
  const mounts = await mountsOfAllNamespaces();
  for (const path of others) {
    if (!mounts.includes(path)) await rm(path, { recursive: true, force: true });
  }
}

async function mountsOfAllNamespaces(): Promise<string> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const tables = processes.map((pid) => readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => ""));
  return [...new Set(await Promise.all(tables))].join("\n");
}

async function machinesMirror(): Promise<string> {
  const parts = await readdir("/etc/apt/sources.list.d").catch(() => []);
  const files = ["/etc/apt/sources.list", ...parts.map((name) => join("/etc/apt/sources.list.d", name))];
  return findDebianMirror(await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => ""))));
}

/** debootstrap does not read apt's configuration, where the machine's proxy may be named. */
async function proxy(): Promise<NodeJS.ProcessEnv> {
  if (process.env.http_proxy) return { http_proxy: process.env.http_proxy };
  const { stdout } = await tryRunProgram(["apt-config", "shell", "PROXY", "Acquire::http::Proxy"]);
  const url = /^PROXY='(.*)'$/m.exec(stdout)?.[1];
  return url && url !== "DIRECT" ? { http_proxy: url } : {};
}

function runVerbosely(
  [program, ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let lastLines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lastLines = [...lastLines.slice(-9), line];
        onLine(line);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`image ${args.at(-1)}: the build ended with status ${code}:\n${lastLines.join("\n")}`));
    });
  });
}
