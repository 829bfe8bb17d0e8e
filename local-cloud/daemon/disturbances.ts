import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault as ApiFault, Faults } from "../api/faults";
import type { NspawnMachines } from "../machines/nspawn-machines";
import { addressPlan } from "../platform/address-plan";
import { dropletNode, type Breakage, type CloudNetwork } from "../network/cloud-network";
import { findFault } from "../../rehearsal/faults/catalogue";
import type { Fault, Role, Step } from "../../rehearsal/faults/fault";

/** Droplet ids of the pair, as one fault sees it. */
export interface Pair {
  readonly target: number;
  /** Undefined when there is no other load balancer. */
  readonly peer: number | undefined;
  /** Public addresses of all load balancers. */
  readonly addresses: readonly string[];
}

/** A fault that is in effect. */
export interface ActiveFault {
  readonly name: string;
  readonly target: number;
  /** When it began to have an effect; milliseconds since 1970. */
  readonly at: number;
}

export interface FaultSwitchboardParts {
  readonly machines: NspawnMachines;
  readonly network: CloudNetwork;
  /** The switches of DigitalOcean's API. */
  readonly api: Faults;
  /** A clean reboot, as the API does it. */
  readonly reboot: (dropletId: number) => Promise<void>;
}

interface Running {
  readonly fault: Fault;
  readonly pair: Pair;
  at: number | undefined;
  breakages: Breakage[];
  apiFaults: ApiFault[];
  readonly timers: NodeJS.Timeout[];
}

/** Makes faults and undoes them. Runs in the daemon, which has its hands on machines, network and API. */
export class FaultSwitchboard {
  private readonly running = new Map<string, Running>();

  constructor(private readonly parts: FaultSwitchboardParts) {}

  active(): ActiveFault[] {
    return [...this.running.values()].map(describe);
  }

  /** Does what has to be done before a fault can be made; nothing for most of them. */
  async prepare(name: string, pair: Pair): Promise<void> {
    const running = start(findFault(name), pair);
    for (const step of running.fault.prepare ?? []) await this.perform(step, running);
  }

  /**
   * Resolves when the steps are done; a reboot or reset then goes on by itself. A fault that is in effect is refused; one
   * that ends by itself may be made again at once.
   */
  async inflict(name: string, pair: Pair): Promise<ActiveFault> {
    const fault = findFault(name);
    if (this.running.has(name)) throw new Error(`fault ${name}: is in effect already; undo it first`);
    const running = start(fault, pair);
    this.running.set(name, running);
    for (const step of fault.steps) {
      await this.perform(step, running);
      running.at ??= Date.now();
    }
    if (fault.undoneBy !== undefined) this.running.delete(name);
    return describe(running);
  }

  /** Does nothing for a fault that is not in effect. */
  async undo(name: string): Promise<void> {
    const running = this.running.get(name);
    if (running === undefined) return;
    this.running.delete(name);
    running.timers.forEach(clearInterval);
    if (running.fault.steps.some((step) => "refuseMoves" in step)) this.parts.network.refuseMoves(0);
    await this.applySwitches();
    for (const step of running.fault.undo ?? []) await this.perform(step, running);
  }

  private async perform(step: Step, running: Running): Promise<void> {
    if ("pauseSeconds" in step) return sleep(step.pauseSeconds * 1000);
    if ("lift" in step) {
      [running.breakages, running.apiFaults] = [[], []];
      return this.applySwitches();
    }
    if ("refuseMoves" in step) return this.parts.network.refuseMoves(step.refuseMoves);
    if ("api" in step) {
      // Only for the load balancers: whoever watches the cloud through its API, or deploys, is not disturbed.
      for (const from of running.pair.addresses)
        running.apiFaults.push({ method: step.method, path: step.path, from, behaviour: step.api });
      return this.applySwitches();
    }
    const ids = dropletsOf(step.of ?? "target", running.pair);
    if ("cut" in step) {
      running.breakages.push(...breakagesOf(step.cut, ids, running.pair));
      return this.applySwitches();
    }
    await Promise.all(ids.map((id) => this.performOn(id, step, running)));
  }

  private async performOn(
    id: number,
    step: Extract<Step, { power: string } | { freeze: boolean } | { kill: string } | { run: string }>,
    running: Running,
  ): Promise<void> {
    const { machines } = this.parts;
    if ("freeze" in step) {
      if (!step.freeze) return machines.thaw(id);
      await this.silence(id, running);
      return machines.freeze(id);
    }
    if ("run" in step) {
      const { status, stderr } = await machines.exec(id, ["sh", "-c", step.run]);
      if (status !== 0) throw new Error(`fault ${running.fault.name}: droplet ${id}: ${stderr.trim()}`);
      return;
    }
    if ("kill" in step) {
      if (step.everyMilliseconds !== undefined)
        running.timers.push(setInterval(() => void killUnit(id, step.kill), step.everyMilliseconds));
      return killUnit(id, step.kill);
    }
    return this.switchPower(id, step.power, running);
  }

  /** What makes a node disappear for the others; the rest of a power cut takes longer and nobody sees it. */
  private async silence(id: number, running: Running): Promise<void> {
    await this.parts.network.cutOff(dropletNode(id));
    running.at ??= Date.now();
  }

  private async switchPower(id: number, power: "off" | "on" | "cycle" | "reboot", running: Running): Promise<void> {
    const { machines } = this.parts;
    if (power === "reboot") {
      // A drain comes before it, so that it lasts: whoever waits watches the node.
      void this.parts.reboot(id).catch((error: unknown) => console.error(error));
      return;
    }
    if (power !== "on") {
      await this.silence(id, running);
      await machines.powerOff(id);
    }
    if (power !== "off") await machines.powerOn(id);
  }

  private async applySwitches(): Promise<void> {
    const all = [...this.running.values()];
    this.parts.api.set(all.flatMap(({ apiFaults }) => apiFaults));
    await this.parts.network.setBreakages(all.flatMap(({ breakages }) => breakages));
  }
}

function start(fault: Fault, pair: Pair): Running {
  return { fault, pair, at: undefined, breakages: [], apiFaults: [], timers: [] };
}

function describe({ fault, pair, at }: Running): ActiveFault {
  return { name: fault.name, target: pair.target, at: at ?? Date.now() };
}

function dropletsOf(role: Role, { target, peer }: Pair): number[] {
  if (role === "target") return [target];
  if (peer === undefined) throw new Error("fault: needs a second load balancer, there is none");
  return role === "peer" ? [peer] : [target, peer];
}

function breakagesOf(
  cut: "public" | "vpc" | "between" | "metadata" | "api",
  ids: readonly number[],
  pair: Pair,
): Breakage[] {
  if (cut === "between") {
    const [one, other] = dropletsOf("both", pair).map(dropletNode);
    return [{ kind: "between", nodes: [one!, other!] }];
  }
  return ids.map((id): Breakage => {
    const node = dropletNode(id);
    if (cut === "public" || cut === "vpc") return { kind: "side", node, side: cut };
    return { kind: "service", node, address: cut === "api" ? addressPlan.digitalOceanApi : addressPlan.metadata };
  });
}

/** SIGKILL to all processes of a unit at once, by the kernel; a unit that has none is left alone. */
async function killUnit(id: number, unit: string): Promise<void> {
  const slice = join("/sys/fs/cgroup/nodes", dropletNode(id), "payload/system.slice");
  const exists = (await readdir(slice).catch((): string[] => [])).includes(unit);
  if (exists) await writeFile(join(slice, unit, "cgroup.kill"), "1").catch(ignoreGone);
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT" && error.code !== "ENODEV") throw error;
}
