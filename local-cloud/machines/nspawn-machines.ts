import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CloudNetwork } from "../network/cloud-network";
import { dropletNode } from "../network/cloud-network";
import type { Droplet, Machines } from "../platform/platform";
import { Machine, NODES_CGROUP } from "./machine";
import { MachineFiles } from "./machine-files";
import { makeTrustLayer } from "./trust-layer";

export interface NspawnMachinesOptions {
  readonly stateDirectory: string;
  readonly network: CloudNetwork;
  /** What each image slug of DigitalOcean is here: directories, topmost layer first. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** PEM certificates that every droplet trusts besides the public ones. @default none */
  readonly authorities?: readonly string[];
}

/**
 * Droplets as systemd-nspawn machines, each on an overlay of its image, in a network namespace of its own. Runs inside
 * the outer cloud; what it makes ends with that.
 */
export class NspawnMachines implements Machines {
  private readonly machines = new Map<number, Machine>();
  private readonly layers = new Map<string, readonly string[]>();
  private readonly listeners: Array<(id: number, on: boolean) => void> = [];

  constructor(private readonly options: NspawnMachinesOptions) {}

  /** To be called once, before the first machine is made. */
  async start(): Promise<void> {
    await mkdir(NODES_CGROUP, { recursive: true });
    // Refused where this machine does not share out its memory controller; memory is not limited then.
    await writeFile(join(NODES_CGROUP, "cgroup.subtree_control"), "+memory").catch(() => undefined);
    await mkdir(join(this.options.stateDirectory, "nodes"), { recursive: true, mode: 0o700 });
    await Promise.all(Object.entries(this.options.images).map(([image, layers]) => this.addImage(image, layers)));
  }

  private async addImage(image: string, layers: readonly string[]): Promise<void> {
    const trust = join(this.options.stateDirectory, "nodes", `trust-${image}`);
    const { authorities = [] } = this.options;
    this.layers.set(
      image,
      authorities.length > 0 ? [await makeTrustLayer(trust, layers, authorities), ...layers] : layers,
    );
  }

  async create(droplet: Droplet): Promise<void> {
    const layers = this.layers.get(droplet.image);
    if (!layers) {
      const known = [...this.layers.keys()].join(", ");
      throw new Error(`droplet ${droplet.name}: image: not in the local cloud, got ${droplet.image}, allowed ${known}`);
    }
    const existing = this.machines.get(droplet.id);
    if (existing) return existing.update(droplet);
    const machine = new Machine(droplet, this.filesOf(droplet.id), this.options.network, (on) =>
      this.listeners.forEach((listener) => listener(droplet.id, on)),
    );
    this.machines.set(droplet.id, machine);
    try {
      await machine.create(layers);
    } catch (error) {
      this.machines.delete(droplet.id);
      throw error;
    }
  }

  shutDown(id: number, limitSeconds: number): Promise<void> {
    return this.find(id).shutDown(limitSeconds);
  }

  powerOff(id: number): Promise<void> {
    return this.find(id).powerOff();
  }

  powerOn(id: number): Promise<void> {
    return this.find(id).powerOn();
  }

  reboot(id: number): Promise<void> {
    return this.find(id).reboot();
  }

  async destroy(id: number): Promise<void> {
    await this.machines.get(id)?.destroy();
    this.machines.delete(id);
  }

  /** Stops everything in a droplet, and its network, as a hypervisor that hangs does. */
  freeze(id: number): Promise<void> {
    return this.find(id).setFrozen(true);
  }

  thaw(id: number): Promise<void> {
    return this.find(id).setFrozen(false);
  }

  /** SIGKILL to all processes of a systemd unit at once, by the kernel; a unit that has none is left alone. */
  async killUnit(id: number, unit: string): Promise<void> {
    const slice = join(NODES_CGROUP, dropletNode(id), "payload/system.slice");
    const exists = (await readdir(slice).catch((): string[] => [])).includes(unit);
    if (exists) await writeFile(join(slice, unit, "cgroup.kill"), "1").catch(ignoreGone);
  }

  onPowerChange(listener: (id: number, on: boolean) => void): void {
    this.listeners.push(listener);
  }

  filesOf(id: number): MachineFiles {
    return new MachineFiles(this.options.stateDirectory, id);
  }

  private find(id: number): Machine {
    const machine = this.machines.get(id);
    if (!machine) throw new Error(`droplet ${id}: there is no such machine`);
    return machine;
  }
}

/** The command line that runs `argv` in a droplet as root, from inside the outer cloud. */
export function dropletCommand(id: number, argv: readonly string[]): string[] {
  return ["sh", join(__dirname, "enter-machine"), dropletNode(id), ...argv];
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT" && error.code !== "ENODEV") throw error;
}
