import type { Faults } from "../api/faults";
import type { ApiFault, Cut, DatabaseOperation, Disturbance, DropletOperation, Switches } from "../control/disturbance";
import type { NspawnMachines } from "../machines/nspawn-machines";
import { dropletNode, type Breakage, type CloudNetwork } from "../network/cloud-network";
import { addressPlan } from "../platform/address-plan";
import type { ManagedDatabases } from "../postgres/managed-databases";

export interface DisturbancesParts {
  readonly machines: NspawnMachines;
  readonly network: CloudNetwork;
  readonly databases: Pick<ManagedDatabases, "findServer" | "delaySending" | "occupy">;
  /** The switches of DigitalOcean's API. */
  readonly api: Faults;
  /** A clean reboot, as the API does it. */
  readonly reboot: (dropletId: number) => Promise<void>;
}

interface Active extends Disturbance {
  switches: Switches;
  breakages: readonly Breakage[];
  timers: NodeJS.Timeout[];
}

/** What goes wrong in the cloud on purpose: switches that last, and operations on droplets. */
export class Disturbances {
  private readonly all = new Map<string, Active>();

  constructor(private readonly parts: DisturbancesParts) {}

  active(): Disturbance[] {
    return [...this.all.values()].map(({ name, note }) => ({ name, note }));
  }

  /** Throws when there is one of this name: it may be another program's. */
  begin({ name, note }: Disturbance): void {
    if (this.all.has(name)) throw new Error(`disturbance ${name}: is in effect already; end it first`);
    this.all.set(name, { name, note, switches: { cuts: [], apiFaults: [], kills: [] }, breakages: [], timers: [] });
  }

  /** Replaces all that the disturbance has switched on. Resolves when it is in effect. */
  async switch(name: string, switches: Switches): Promise<void> {
    const { machines } = this.parts;
    const disturbance = this.all.get(name);
    if (disturbance === undefined) throw new Error(`disturbance ${name}: is not in effect; begin it first`);
    disturbance.timers.forEach(clearInterval);
    disturbance.switches = switches;
    disturbance.breakages = (await Promise.all(switches.cuts.map((cut) => this.breakagesOf(cut)))).flat();
    disturbance.timers = switches.kills.map(({ droplet, unit, everyMilliseconds }) =>
      setInterval(() => void machines.killUnit(droplet, unit), everyMilliseconds),
    );
    await this.apply();
    await Promise.all(switches.kills.map(({ droplet, unit }) => machines.killUnit(droplet, unit)));
  }

  /** Switches off all that the disturbance has switched on. Does nothing for one that is not in effect. */
  async end(name: string): Promise<void> {
    const disturbance = this.all.get(name);
    if (disturbance === undefined) return;
    this.all.delete(name);
    disturbance.timers.forEach(clearInterval);
    await this.apply();
  }

  /** Resolves when it is done, to when it began to have an effect. */
  async operate(id: number, operation: DropletOperation): Promise<number> {
    const { machines } = this.parts;
    switch (operation.kind) {
      case "power":
        return this.switchPower(id, operation.to);
      case "freeze": {
        const at = await this.silence(id);
        await machines.freeze(id);
        return at;
      }
      case "thaw":
        await machines.thaw(id);
        return Date.now();
      case "kill":
        await machines.killUnit(id, operation.unit);
        return Date.now();
    }
  }

  /** The same for the node of a database server. */
  async operateDatabase(node: string, operation: DatabaseOperation): Promise<number> {
    const server = this.parts.databases.findServer(node);
    switch (operation.kind) {
      case "power":
        if (operation.to === "off") return server.powerOff();
        await server.powerOn();
        return Date.now();
      case "freeze":
        return server.freeze();
      case "thaw":
        await server.thaw();
        return Date.now();
      case "delay-replay":
        await server.delayReplay(operation.seconds);
        return Date.now();
      case "delay-sending":
        await this.parts.databases.delaySending(node, operation.seconds);
        return Date.now();
      case "read-only":
        await server.setReadOnly(operation.on);
        return Date.now();
      case "occupy":
        await this.parts.databases.occupy(node, operation.what);
        return Date.now();
      case "release":
        await server.release();
        return Date.now();
      case "kill":
        await server.kill();
        return Date.now();
    }
  }

  private async switchPower(id: number, to: "off" | "on" | "cycle" | "reboot"): Promise<number> {
    const { machines } = this.parts;
    if (to === "reboot") {
      // Not waited for: services drain first, which takes long. A caller that needs its end watches the droplet.
      void this.parts.reboot(id).catch((error: unknown) => console.error(error));
      return Date.now();
    }
    let at: number | undefined;
    if (to !== "on") {
      at = await this.silence(id);
      await machines.powerOff(id);
    }
    if (to !== "off") await machines.powerOn(id);
    return at ?? Date.now();
  }

  /** Cuts the droplet's network, which is all that others see of a power cut; resolves to when that took effect. */
  private async silence(id: number): Promise<number> {
    await this.parts.network.cutOff(dropletNode(id));
    return Date.now();
  }

  private async apply(): Promise<void> {
    const switches = [...this.all.values()].map((one) => one.switches);
    this.parts.api.set(switches.flatMap(({ apiFaults }) => apiFaults.map(readApiFault)));
    await this.parts.network.setBreakages([...this.all.values()].flatMap(({ breakages }) => breakages));
  }

  private async breakagesOf(cut: Cut): Promise<Breakage[]> {
    if (cut.kind !== "edge-connections") return [breakageOf(cut)];
    const connections = await this.parts.network.edgeConnections();
    return connections.map((connection) => ({ kind: "edge-connection", ...connection }));
  }
}

function readApiFault({ path, ...fault }: ApiFault) {
  return { ...fault, path: path === undefined ? undefined : new RegExp(path) };
}

function breakageOf(cut: Exclude<Cut, { kind: "edge-connections" }>): Breakage {
  switch (cut.kind) {
    case "side":
      return { kind: "side", node: dropletNode(cut.droplet), side: cut.side };
    case "between":
      return { kind: "between", nodes: [dropletNode(cut.droplets[0]), dropletNode(cut.droplets[1])] };
    case "database":
      return { kind: "between", nodes: [dropletNode(cut.droplet), cut.node] };
    case "service": {
      const address = cut.service === "api" ? addressPlan.digitalOceanApi : addressPlan.metadata;
      return { kind: "service", node: dropletNode(cut.droplet), address };
    }
    case "edge-location": {
      const address = addressPlan.edge.locations[cut.number - 1];
      if (address === undefined)
        throw new Error(`edge location: must be 1 to ${addressPlan.edge.locations.length}, got ${cut.number}`);
      return { kind: "edge-address", address };
    }
  }
}
