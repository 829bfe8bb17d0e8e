import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CloudNetwork } from "../network/cloud-network";
import { dropletNode } from "../network/cloud-network";
import { tryRunProgram, type ProgramResult, type RunProgramOptions } from "../../programs/run-program";
import type { Droplet, Machines } from "../platform/platform";
import { Machine } from "./machine";
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
    const nodes = "/sys/fs/cgroup/nodes";
    await mkdir(nodes, { recursive: true });
    // Refused where this machine does not share out its memory controller; memory is not limited then.
    await writeFile(join(nodes, "cgroup.subtree_control"), "+memory").catch(() => undefined);
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

  onPowerChange(listener: (id: number, on: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Runs a command in a droplet as root, and gives what it printed and its exit status. */
  exec(id: number, argv: readonly string[], options?: RunProgramOptions): Promise<ProgramResult> {
    return tryRunProgram(dropletCommand(id, argv), options);
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
