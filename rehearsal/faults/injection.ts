import { setTimeout as sleep } from "node:timers/promises";
import type { ApiFault, Cut, DropletOperation, RepeatedKill } from "../../local-cloud/client/control-client";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { AnyFault, Fault, Role, Step } from "./fault";
import { findPair, type Pair } from "./pair";

/** A fault that was made. */
export interface InflictedFault {
  /** The droplet that it was made on. */
  readonly target: number;
  /** When it began to have an effect; milliseconds since 1970. */
  readonly at: number;
}

/** What the steps of a fault have done so far. */
interface Injection {
  readonly cloud: LocalCloud;
  readonly fault: Fault;
  readonly pair: Pair;
  at: number | undefined;
  cuts: Cut[];
  apiFaults: ApiFault[];
  readonly kills: RepeatedKill[];
}

/** Does what has to be done before a fault can be made; nothing for most of them. */
export async function prepare(cloud: LocalCloud, fault: Fault, droplet?: number): Promise<void> {
  const injection = begin(cloud, fault, await findPair(cloud, droplet));
  for (const step of fault.prepare ?? []) await perform(step, injection);
}

/**
 * Makes a fault, on the load balancer that holds the address unless another droplet is named. Resolves when the steps
 * are done; a reboot or reset then goes on by itself. A fault that is in effect is refused; one that ends by itself may
 * be made again at once. The cloud keeps what is in effect: another program can undo it, also after steps that failed.
 */
export async function inflict(cloud: LocalCloud, fault: Fault, droplet?: number): Promise<InflictedFault> {
  const pair = await findPair(cloud, droplet);
  await cloud.control.beginDisturbance(fault.name, pair);
  const injection = begin(cloud, fault, pair);
  for (const step of fault.steps) {
    await perform(step, injection);
    injection.at ??= Date.now();
  }
  if (fault.undoneBy !== undefined) await cloud.control.endDisturbance(fault.name);
  return { target: pair.target, at: injection.at ?? Date.now() };
}

/** Whether a fault of this name was made and not undone. */
export async function isInEffect(cloud: LocalCloud, { name }: AnyFault<unknown>): Promise<boolean> {
  return (await tryFindPairOf(cloud, name)) !== undefined;
}

/** Does nothing for a fault that is not in effect. */
export async function undo(cloud: LocalCloud, fault: Fault): Promise<void> {
  const pair = await tryFindPairOf(cloud, fault.name);
  if (pair === undefined) return;
  if (fault.steps.some((step) => "refuseMoves" in step)) await cloud.control.refuseMoves(0);
  await cloud.control.endDisturbance(fault.name);
  const injection = begin(cloud, fault, pair);
  for (const step of fault.undo ?? []) await perform(step, injection);
}

/** The pair on which a fault that is in effect was made. */
async function tryFindPairOf(cloud: LocalCloud, name: string): Promise<Pair | undefined> {
  const found = (await cloud.control.disturbances()).find((one) => one.name === name);
  return found?.note as Pair | undefined;
}

function begin(cloud: LocalCloud, fault: Fault, pair: Pair): Injection {
  return { cloud, fault, pair, at: undefined, cuts: [], apiFaults: [], kills: [] };
}

async function perform(step: Step, injection: Injection): Promise<void> {
  const { control } = injection.cloud;
  if ("pauseSeconds" in step) return sleep(step.pauseSeconds * 1000);
  if ("refuseMoves" in step) return control.refuseMoves(step.refuseMoves);
  if ("lift" in step) {
    [injection.cuts, injection.apiFaults] = [[], []];
    return applySwitches(injection);
  }
  if ("cutEdge" in step) {
    injection.cuts.push(
      step.cutEdge === "location" ? { kind: "edge-location", number: 1 } : { kind: "edge-connections" },
    );
    return applySwitches(injection);
  }
  if ("api" in step) {
    // Only for the load balancers: whoever watches the cloud through its API, or deploys, is not disturbed.
    for (const from of injection.pair.addresses)
      injection.apiFaults.push({ method: step.method, path: step.path?.source, from, behaviour: step.api });
    return applySwitches(injection);
  }
  const ids = dropletsOf(step.of ?? "target", injection.pair);
  if ("cut" in step) {
    injection.cuts.push(...cutsOf(step.cut, ids, injection.pair));
    return applySwitches(injection);
  }
  if ("kill" in step && step.everyMilliseconds !== undefined) {
    const { kill: unit, everyMilliseconds } = step;
    injection.kills.push(...ids.map((droplet) => ({ droplet, unit, everyMilliseconds })));
    return applySwitches(injection);
  }
  if ("run" in step) {
    await Promise.all(ids.map((id) => run(step.run, id, injection)));
    return;
  }
  const began = await Promise.all(ids.map((id) => control.operate(id, operationOf(step))));
  injection.at ??= Math.min(...began);
}

function applySwitches({ cloud, fault, cuts, apiFaults, kills }: Injection): Promise<void> {
  return cloud.control.switchDisturbance(fault.name, { cuts, apiFaults, kills });
}

async function run(script: string, id: number, { cloud, fault }: Injection): Promise<void> {
  const { status, stderr } = await cloud.runOnDroplet(id, ["sh", "-c", script]);
  if (status !== 0) throw new Error(`fault ${fault.name}: droplet ${id}: ${stderr.trim()}`);
}

function operationOf(
  step: Extract<Step, { power: string } | { freeze: boolean } | { kill: string }>,
): DropletOperation {
  if ("power" in step) return { kind: "power", to: step.power };
  if ("freeze" in step) return { kind: step.freeze ? "freeze" : "thaw" };
  return { kind: "kill", unit: step.kill };
}

function dropletsOf(role: Role, { target, peer }: Pair): number[] {
  if (role === "target") return [target];
  if (peer === undefined) throw new Error("fault: needs a second load balancer, there is none");
  return role === "peer" ? [peer] : [target, peer];
}

function cutsOf(
  cut: "public" | "vpc" | "between" | "metadata" | "api",
  droplets: readonly number[],
  pair: Pair,
): Cut[] {
  if (cut === "between") {
    const [one, other] = dropletsOf("both", pair);
    return [{ kind: "between", droplets: [one!, other!] }];
  }
  return droplets.map((droplet): Cut =>
    cut === "public" || cut === "vpc"
      ? { kind: "side", droplet, side: cut }
      : { kind: "service", droplet, service: cut },
  );
}
