import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../local-cloud/directories";
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
    for (const file of files) this.write(file);
  }

  write({ path, content, permissions }: HostFile): void {
    const target = join(this.directory, "files", path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, parseInt(permissions ?? defaultPermissions(path), 8));
  }

  /** Runs a shell script on the host: no network but a loopback interface, fresh /run and /tmp, 60 seconds at most. */
  run(script: string): SpawnSyncReturns<string> {
    const tree = tryFindImageTree();
    if (tree === undefined) throw new Error("no image");
    return spawnSync(
      "unshare",
      [
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--propagation",
        "private",
        "sh",
        "-euc",
        prepare,
        "sh",
      ].concat([tree, this.directory, script]),
      {
        encoding: "utf8",
        timeout: 60_000,
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      },
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
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
  ip link set lo up
  exec chroot "$work/root" sh -euc "$3"
`;
