import { existsSync, readFileSync } from "node:fs";
import { access, constants, mkdtemp, mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { stateDirectory } from "../control/directories";
import { findCgroup2Mount } from "../outer-cloud/cgroup";
import { tryRunProgram } from "../../programs/run-program";

/** Something that this machine lacks for the local cloud, and what to do about it. */
export interface MissingRequirement {
  readonly what: string;
  readonly remedy: string;
}

/** Programs by the Debian and Ubuntu package that has them. */
const PROGRAMS: ReadonlyArray<readonly [program: string, debianPackage: string]> = [
  ["debootstrap", "debootstrap"],
  ["ip", "iproute2"],
  ["nft", "nftables"],
  ["systemd-nspawn", "systemd-container"],
  ["flock", "util-linux"],
  ["nsenter", "util-linux"],
  ["setpriv", "util-linux"],
  ["unshare", "util-linux"],
  ["mount", "mount"],
];

const NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];

/**
 * Everything that this machine lacks for running a local cloud with its state in this directory; empty when it can.
 * Tries the kernel's features in namespaces that are gone when it returns; changes nothing.
 */
export async function findMissingRequirements(directory = stateDirectory()): Promise<MissingRequirement[]> {
  if (process.platform !== "linux") {
    return [{ what: `Linux (this is ${process.platform})`, remedy: "use a Linux machine or a virtual one" }];
  }
  if (process.getuid?.() !== 0) return [{ what: "root", remedy: "run it as root, for instance with sudo" }];
  const missing = [...(await missingPrograms()), ...missingCgroupFeatures(), ...missingNamespaces()];
  // The rest is tried with these programs.
  return missing.length > 0 ? missing : [...(await missingNetworkFeatures()), ...(await missingOverlay(directory))];
}

async function missingPrograms(): Promise<MissingRequirement[]> {
  const missing: MissingRequirement[] = [];
  for (const [program, debianPackage] of PROGRAMS) {
    if (await isOnPath(program)) continue;
    missing.push({ what: `the program ${program}`, remedy: `apt-get install ${debianPackage}` });
  }
  if (!existsSync("/usr/share/keyrings/debian-archive-keyring.gpg")) {
    missing.push({ what: "the keys of Debian's archive", remedy: "apt-get install debian-archive-keyring" });
  }
  return missing;
}

async function isOnPath(program: string): Promise<boolean> {
  for (const directory of (process.env.PATH ?? "").split(":")) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

function missingCgroupFeatures(): MissingRequirement[] {
  const mount = findCgroup2Mount(readFileSync("/proc/self/mountinfo", "utf8"));
  if (mount === undefined) {
    return [{ what: "cgroup v2", remedy: "mount -t cgroup2 cgroup2 /sys/fs/cgroup (or boot with systemd)" }];
  }
  // A root cgroup cannot be killed and so has no such file: any cgroup below shows whether the kernel knows it.
  const [major = 0, minor = 0] = readFileSync("/proc/sys/kernel/osrelease", "utf8").split(".").map(Number);
  if (major > 5 || (major === 5 && minor >= 14)) return [];
  return [{ what: `Linux 5.14 or later (this is ${major}.${minor}: no cgroup.kill)`, remedy: "use a newer kernel" }];
}

function missingNamespaces(): MissingRequirement[] {
  return NAMESPACES.filter((name) => !existsSync(`/proc/self/ns/${name}`)).map((name) => ({
    what: `${name} namespaces`,
    remedy: "use a kernel that has them, as those of Debian and Ubuntu do",
  }));
}

async function missingNetworkFeatures(): Promise<MissingRequirement[]> {
  const features: ReadonlyArray<readonly [name: string, command: string]> = [
    ["network interfaces of the type veth", "ip link add name trial type veth peer name other"],
    ["network interfaces of the type vxlan", "ip link add name trial type vxlan id 1 dstport 4789"],
    ["nftables with connection tracking", "nft 'add table inet a; add chain inet a b; add rule inet a b ct state new'"],
  ];
  const missing: MissingRequirement[] = [];
  for (const [name, command] of features) {
    const { status, stderr } = await tryRunProgram(["unshare", "--net", "sh", "-c", command]);
    if (status !== 0) missing.push({ what: name, remedy: `load the kernel's modules for it (${firstLine(stderr)})` });
  }
  return missing;
}

/** An overlay's upper directory cannot be on every file system: not on another overlay, not on NFS. */
async function missingOverlay(directory: string): Promise<MissingRequirement[]> {
  let existing = resolve(directory);
  while (!existsSync(existing)) existing = dirname(existing);
  const trial = await mkdtemp(join(existing, ".overlay-"));
  try {
    for (const name of ["lower", "upper", "work", "root"]) await mkdir(join(trial, name));
    const options = "lowerdir=lower,upperdir=upper,workdir=work";
    const mount = `cd "$1" && mount -t overlay overlay -o ${options} root && : > root/file`;
    const argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh", trial];
    const { status, stderr } = await tryRunProgram(argv);
    if (status === 0) return [];
    const remedy = `set LOCAL_CLOUD_STATE to a directory on ext4, xfs or tmpfs (${firstLine(stderr)})`;
    return [{ what: `overlay file systems in ${existing}`, remedy }];
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
