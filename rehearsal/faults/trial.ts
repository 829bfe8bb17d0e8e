import { setTimeout as sleep } from "node:timers/promises";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { waitUntil } from "../../programs/wait-until";
import type { Fault } from "./fault";
import { inflict, prepare, undo } from "./injection";
import { computeOutcome, type Outcome } from "./outcome";
import { PairWatch } from "./pair-watch";
import type { Visit, Visitors } from "../visitors/visitors";

/** A node claims again after this (CLAIM_GAP of reserved_ip_rule.py); a fault that comes sooner is another one. */
export const CLAIM_GAP_SECONDS = 20;
/** A reboot that cannot hand the address over waits for a minute before it goes on. */
const SETTLE_LIMIT_SECONDS = 120;
const DEFAULT_LASTS_SECONDS = 5;
/** Before the fault, to see that all is well; after the end, to see that it stays so; and after the claim gap. */
const MARGIN_MS = 1000;
/** Longer than a visitor waits for an answer. */
const SERVED_MS = 4000;

/** Makes a fault on the load balancer that holds the address, undoes it, waits until all is in order, and measures. */
export async function runTrial(cloud: LocalCloud, visitors: Visitors, fault: Fault): Promise<Outcome> {
  const watch = new PairWatch(cloud);
  await prepareFault(cloud, fault);
  await untilPeerMayClaim(cloud);
  // A fault of the edge outlasts its end by what TCP waits until it repeats a packet: those visitors are not this fault's.
  await untilServed(visitors);
  await sleep(MARGIN_MS);
  const { at, target } = await inflict(cloud, fault);
  await sleep((fault.lastsSeconds ?? DEFAULT_LASTS_SECONDS) * 1000);
  await undo(cloud, fault);
  await watch.untilSettled(SETTLE_LIMIT_SECONDS);
  if (fault.expect.lastFailureSeconds !== undefined) await untilServed(visitors);
  await sleep(MARGIN_MS);
  const end = Date.now();
  const names = Object.fromEntries((await watch.loadBalancers()).map(({ id, name }) => [id, name]));
  return computeOutcome({
    fault,
    at,
    end,
    target: names[target]!,
    names,
    moves: await cloud.control.reservedIpMoves(),
    events: await watch.events(at - MARGIN_MS),
    visits: visitors.between(at - MARGIN_MS, end - MARGIN_MS),
  });
}

/** Waits until the pair is in order, and does what the fault needs before it can be made. */
export async function prepareFault(cloud: LocalCloud, fault: Fault, droplet?: number): Promise<void> {
  const watch = new PairWatch(cloud);
  await watch.untilSettled(SETTLE_LIMIT_SECONDS);
  if (fault.prepare === undefined) return;
  await prepare(cloud, fault, droplet);
  await watch.untilSettled(SETTLE_LIMIT_SECONDS);
}

/** All of them, for longer than one waits for an answer. */
async function untilServed(visitors: Visitors): Promise<void> {
  await waitUntil("visitors that are served", SETTLE_LIMIT_SECONDS, async () =>
    areServed(visitors.endedWithin(SERVED_MS)),
  );
}

function areServed(ended: readonly Visit[]): boolean {
  return ended.length > 0 && ended.every(({ status }) => status === 200);
}

async function untilPeerMayClaim(cloud: LocalCloud): Promise<void> {
  const moves = await cloud.control.reservedIpMoves();
  const holder = moves.at(-1)?.dropletId;
  const last = moves.findLast(({ dropletId }) => dropletId !== undefined && dropletId !== holder);
  if (last !== undefined) await sleep(Math.max(0, last.at + CLAIM_GAP_SECONDS * 1000 + MARGIN_MS - Date.now()));
}
