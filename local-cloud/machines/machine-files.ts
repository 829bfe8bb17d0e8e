import { randomUUID } from "node:crypto";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, tryRunProgram } from "../../programs/run-program";
import type { Droplet } from "../platform/platform";
import { dropletNode } from "../network/cloud-network";
import { configDriveFiles, CONFIG_DRIVE_SEED } from "./config-drive";

/** Where a droplet's files are. All but `root` can be read from outside the cloud. */
export class MachineFiles {
  readonly directory: string;
  /** The whole file system, mounted inside the cloud only. */
  readonly root: string;
  /** What the machine has written, on top of the image. */
  readonly upper: string;
  /** The guest's /var/lib/containers: podman's layers are overlays, and those cannot lie on an overlay. */
  readonly containers: string;
  readonly consoleLog: string;

  constructor(stateDirectory: string, dropletId: number) {
    this.directory = join(stateDirectory, "nodes", dropletNode(dropletId));
    this.root = join(this.directory, "root");
    this.upper = join(this.directory, "upper");
    this.containers = join(this.directory, "containers");
    this.consoleLog = join(this.directory, "console.log");
  }

  /** For `journalctl --directory`, whether the machine runs or not. */
  get journal(): string {
    return join(this.upper, "var/log/journal");
  }

  /** Makes and mounts a fresh file system on the layers (topmost first), and puts in what a new droplet finds there. */
  async create(droplet: Droplet, layers: readonly string[]): Promise<string> {
    const work = join(this.directory, "work");
    for (const path of [this.root, this.upper, this.containers, work]) await mkdir(path, { recursive: true });
    const options = `lowerdir=${layers.join(":")},upperdir=${this.upper},workdir=${work}`;
    await runProgram(["mount", "-t", "overlay", "overlay", "-o", options, this.root]);
    const machineId = randomUUID().replaceAll("-", "");
    await writeFile(join(this.root, "etc/machine-id"), `${machineId}\n`);
    const seed = join(this.root, CONFIG_DRIVE_SEED);
    await mkdir(join(seed, "2018-08-27"), { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(configDriveFiles(droplet, machineId))) {
      await writeFile(join(seed, "2018-08-27", name), content, { mode: 0o600 });
    }
    await symlink("2018-08-27", join(seed, "latest"));
    return machineId;
  }

  async remove(): Promise<void> {
    // Fails when it is not mounted, which is as well.
    await tryRunProgram(["umount", this.root]);
    await rm(this.directory, { recursive: true, force: true });
  }
}
