import { join } from "node:path";
import { renderCloudConfig } from "./cloud-config";
import type { HostFile } from "./host-file";
import type { Part } from "./multipart";
import type { NodeSettings } from "./node-settings";
import { ports } from "./ports";
import { findCloudInitDirectory, readRootfs } from "./rootfs";
import { fill, findPlaceholders } from "./template";

/** What one tier adds to what every node has. */
export interface Role {
  /** Directory under `cloud-init/` whose `rootfs/` mirrors `/` of the host; its files take the place of the base's. */
  readonly name: "load-balancer" | "web" | "app" | "other";
  /** Whether it looks for the nodes of other tiers. @default false */
  readonly discovers?: boolean;
  /** Debian packages. */
  readonly packages: readonly string[];
  /** Values for the placeholders of rootfs files, by path on the host. A file that is not named here has none. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files that exist only in the settings: secrets, certificates, static content. */
  readonly files: readonly HostFile[];
  /** Units to enable and (re)start, in order, after those of the base. */
  readonly units: readonly string[];
  /** Units to enable and start after those, which the boot does not wait for. @default none */
  readonly unitsWithoutWaiting?: readonly string[];
  /** Commands to run before the role's units start. @default none */
  readonly commands?: ReadonlyArray<readonly string[]>;
  /** Parts of the user-data that are not ours. @default none */
  readonly parts?: readonly Part[];
}

const basePackages = [
  "ca-certificates",
  "curl",
  "jq",
  "nftables",
  "python3",
  "systemd-timesyncd",
  "unattended-upgrades",
];

/** Ports that only other nodes ask, by role; everywhere those of `node-status`. */
const portsInVpc: Readonly<Partial<Record<Role["name"], number>>> = { web: ports.web, app: ports.app };

/** Units of every node. `node-status` is early, so that it can tell what failed after it. */
const baseUnits = [
  "metadata-guard.service",
  "learn-self.service",
  "vpc-only.service",
  "node-status.service",
  "systemd-timesyncd.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
];

/** User-data of a node: the base's files, the role's, and those of the settings, later ones in the place of earlier. */
export function renderRoleUserData(role: Role, settings: NodeSettings): string {
  // Stops first on shutdown, and holds up nothing while it runs.
  const roleUnits = [...role.units, "drain-node.service"];
  return renderCloudConfig({
    packages: [...new Set([...basePackages, ...role.packages, ...(settings.extraPackages ?? [])])].sort(),
    files: roleFiles(role, settings),
    parts: role.parts,
    commands: [
      // Has systemd read our units, too.
      enable(baseUnits),
      // Only ours: what other packages want made was made at boot, and may not be possible twice.
      ["systemd-tmpfiles", "--create", "--prefix=/run/infrastructure", "--prefix=/var/lib/infrastructure"],
      // Both run since before their files were written.
      ["systemctl", "restart", "systemd-journald.service"],
      ["systemctl", "try-restart", "systemd-resolved.service"],
      ...baseUnits.map(restart),
      ...(role.commands ?? []),
      enable(roleUnits),
      ...roleUnits.map(restart),
      ...[...(role.unitsWithoutWaiting ?? []), ...(settings.extraUnits ?? [])].flatMap(enableAndBegin),
    ],
  });
}

/** The files of a role exactly as they will stand on its hosts, sorted by path. */
export function roleFiles(role: Role, settings: NodeSettings): HostFile[] {
  const directory = findCloudInitDirectory();
  const rootfs = ["base", ...(role.discovers ? ["discovery"] : []), role.name].flatMap((name) =>
    readRootfs(join(directory, name, "rootfs")),
  );
  const inVpc = [portsInVpc[role.name] ?? [], ports.nodeStatus, ports.agentCheck].flat().join(", ");
  const values: Role["values"] = {
    "/etc/infrastructure/node.env": nodeValues(settings),
    "/etc/infrastructure/vpc-only.nft": { PORTS: inVpc },
    ...role.values,
  };
  const paths = new Set(rootfs.map(({ path }) => path));
  for (const path of Object.keys(values)) {
    if (!paths.has(path)) throw new Error(`${role.name}: values for ${path}, which is not in its rootfs`);
  }
  const files = new Map<string, HostFile>();
  for (const file of rootfs) files.set(file.path, fillFile(file, values[file.path]));
  const token = { path: "/etc/infrastructure/readiness.token", content: `${settings.readinessToken}\n` };
  const extraUnits = settings.extraUnits === undefined ? [] : [extraUnitsFile(settings.extraUnits)];
  const own = settings.extraFiles ?? [];
  for (const file of [{ ...token, permissions: "0600" }, ...role.files, ...extraUnits, ...own]) {
    files.set(file.path, file);
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nodeValues({ tags }: NodeSettings): Record<string, string> {
  return {
    LOAD_BALANCER_TAG: tags.loadBalancer,
    WEB_TAG: tags.web,
    APP_TAG: tags.app,
    NODE_STATUS_PORT: String(ports.nodeStatus),
    AGENT_CHECK_PORT: String(ports.agentCheck),
  };
}

function fillFile(file: HostFile, values: Readonly<Record<string, string>> | undefined): HostFile {
  if (Buffer.isBuffer(file.content)) return file;
  if (values !== undefined) return { ...file, content: fill(file.path, file.content, values) };
  const placeholders = findPlaceholders(file.content);
  if (placeholders.length === 0) return file;
  throw new Error(`${file.path}: placeholders without values: ${placeholders.join(", ")}`);
}

/** All at once: each call has systemd read every unit anew. */
function enable(units: readonly string[]): string[] {
  return ["systemctl", "enable", "--quiet", ...units];
}

/** Rather than start: a package may have started its service with what it brought along. */
function restart(unit: string): string[] {
  return ["systemctl", "restart", unit];
}

/**
 * A unit that a generator makes (a quadlet's) cannot be enabled: its own [Install] section has done that. What is wrong
 * with one that does not come up is what the readiness of the node says.
 */
function enableAndBegin(unit: string): string[][] {
  const enable = '[ "$(systemctl is-enabled "$1" 2>/dev/null)" = generated ] || systemctl enable --quiet "$1"';
  return [
    ["sh", "-c", enable, "enable", unit],
    ["systemctl", "restart", "--no-block", unit],
  ];
}

/** What node-status watches beside the units of the role. */
function extraUnitsFile(units: readonly string[]): HostFile {
  return { path: "/etc/infrastructure/extra-units.json", content: `${JSON.stringify(units)}\n` };
}
