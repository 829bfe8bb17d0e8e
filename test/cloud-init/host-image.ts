import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { tryFindImages } from "../../local-cloud/images/images";
import { defaultPermissions, type HostFile } from "../../cloud-init/host-file";

/** The directory tree of a Debian image with all packages of all roles, if there is one on this machine. */
export function tryFindImageTree(): string | undefined {
  return process.env.LOCAL_CLOUD_IMAGE ?? tryFindImages(cacheDirectory())?.droplet[0];
}

/** Why tests with the image cannot run here; undefined: they can. */
export function whyNoImage(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, for chroot and mounts of its own";
  const tree = tryFindImageTree();
  if (tree === undefined) return "needs the droplet image (`npm test` builds it; LOCAL_CLOUD_IMAGE names another)";
  return existsSync(join(tree, "usr/sbin/haproxy")) ? undefined : `${tree} has no haproxy`;
}

/** `describe`, or a skip whose name says what is missing. */
export function describeWithImage(name: string, tests: () => void): void {
  const missing = whyNoImage();
  if (missing === undefined) describe(name, tests);
  else describe.skip(`${name} (skipped: ${missing})`, tests);
}

/**
 * A host that is the image with files of ours on it. Each command runs in namespaces of its own with an overlay of the
 * image, so that nothing is left behind and the image stays as it is.
 */
export class HostImage implements Disposable {
  private readonly directory = mkdtempSync(join(tmpdir(), "host-image-"));

  constructor(files: readonly HostFile[]) {
    mkdirSync(join(this.directory, "files"));
    mkdirSync(this.shared);
    for (const file of files) this.write(file);
  }

  write({ path, content, permissions }: HostFile): void {
    const target = join(this.directory, "files", path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, parseInt(permissions ?? defaultPermissions(path), 8));
  }

  /** A directory of this machine that the host sees as /shared. */
  get shared(): string {
    return join(this.directory, "shared");
  }

  /** Runs a shell script on the host: no network but a loopback interface, fresh /run and /tmp, five minutes at most. */
  run(script: string): SpawnSyncReturns<string> {
    return spawnSync("unshare", this.arguments(script, ["--net"]), { encoding: "utf8", timeout: 300_000, env });
  }

  /** Starts a program of the host that shares this machine's network, to talk to fakes of the test. */
  start(script: string, environment: Readonly<Record<string, string>> = {}): StartedProgram {
    return new StartedProgram(this.arguments(script, []), { ...env, ...environment });
  }

  private arguments(script: string, namespaces: readonly string[]): string[] {
    const tree = tryFindImageTree();
    if (tree === undefined) throw new Error("no image");
    const unshare = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", ...namespaces];
    return [...unshare, "sh", "-euc", prepare, "sh", tree, this.directory, script];
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/** A program that runs until the test stops it. */
export class StartedProgram implements AsyncDisposable {
  /** What it has written to its standard error, where programs log. */
  log = "";
  private readonly child;
  private readonly ended: Promise<void>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.child = spawn("unshare", args, { env: environment, stdio: ["ignore", "inherit", "pipe"] });
    this.child.stderr.on("data", (text) => (this.log += text));
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
  }

  /** Resolves once the predicate holds; fails after a minute with what was waited for and the log. */
  async until(what: string, predicate: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 60_000; !(await predicate()); await setTimeout(20)) {
      if (Date.now() > deadline) throw new Error(`not within 60 s: ${what}; the program's log:\n${this.log}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** Upper directory in memory: it must not lie on an overlay, which this machine's own root may be. */
const prepare = `
  work=/mnt
  mount -t tmpfs -o mode=755 host "$work"
  mkdir "$work/upper" "$work/work" "$work/root"
  cp -a "$2/files/." "$work/upper"
  mount -t overlay -o "lowerdir=$1,upperdir=$work/upper,workdir=$work/work" host "$work/root"
  for place in run tmp; do mount -t tmpfs host "$work/root/$place"; done
  mount -t proc proc "$work/root/proc"
  mount --rbind /dev "$work/root/dev"
  mkdir "$work/root/shared"
  mount --bind "$2/shared" "$work/root/shared"
  ip link set lo up
  exec chroot "$work/root" sh -euc "$3"
`;
