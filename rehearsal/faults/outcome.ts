import type { ReservedIpMove } from "../../local-cloud/client/control-client";
import type { Fault } from "./fault";
import type { NodeEvent } from "./node-events";
import type { Visit } from "../visitors/visitors";
import { longestSilence } from "../visitors/visits";

/** What was seen while one fault happened; times in milliseconds since 1970. */
export interface Observation {
  readonly fault: Fault;
  /** When it began to have an effect. */
  readonly at: number;
  /** When everything was in order again. */
  readonly end: number;
  /** Name of the load balancer that it was about. */
  readonly target: string;
  /** Names of droplets by id. */
  readonly names: Readonly<Record<number, string>>;
  /** Including those before the fault. */
  readonly moves: readonly ReservedIpMove[];
  readonly events: readonly NodeEvent[];
  /** From a second before the fault on. */
  readonly visits: readonly Visit[];
}

/** The figures of one run of a fault; times in seconds since the fault. */
export interface Outcome {
  readonly fault: string;
  /** Until the first other load balancer was MASTER; undefined if none became it. */
  readonly detectionSeconds: number | undefined;
  /** The longest time in which no request was answered well. */
  readonly outageSeconds: number;
  readonly failedRequests: number;
  /** When the last of them was asked. */
  readonly lastFailureSeconds: number | undefined;
  /** The first ten of them: status 0 is no answer within a second. */
  readonly failures: ReadonlyArray<{ readonly at: number; readonly milliseconds: number; readonly status: number }>;
  readonly requests: number;
  readonly moves: number;
  /** Who held the address from when on; the first entry is who held it before. */
  readonly owners: ReadonlyArray<{ readonly at: number; readonly node: string }>;
  readonly claims: ReadonlyArray<{ readonly at: number; readonly node: string }>;
  /** Answers by a load balancer that had not held the address for at least a second, and was not handing it over. */
  readonly answersByOthers: number;
  /** How long more than one load balancer was MASTER, a target without power or frozen not counted. */
  readonly twoMastersSeconds: number;
}

/** A move is recorded a little late, and requests still come on connections that were open before it. */
const AROUND_MOVE_MS = 1000;

/** Pure: the same observation gives the same figures. */
export function computeOutcome(observation: Observation): Outcome {
  const { fault, at, target, visits } = observation;
  const owners = ownersOf(observation);
  const moves = owners.filter((owner) => owner.at >= at).length;
  const seconds = (time: number): number => (time - at) / 1000;
  const timed = ({ at: time, node }: { at: number; node: string }) => ({ at: seconds(time), node });
  const failed = visits.filter((visit) => !isGood(visit));
  const detected = observation.events.find(
    (event) => event.at >= at && event.node !== target && isTransition(event, "MASTER"),
  );
  return {
    fault: fault.name,
    detectionSeconds: detected && seconds(detected.at),
    outageSeconds: longestSilence(visits, isGood) / 1000,
    failedRequests: failed.length,
    lastFailureSeconds: failed.length > 0 ? seconds(Math.max(...failed.map(({ began }) => began))) : undefined,
    failures: failed
      .slice(0, 10)
      .map(({ began, milliseconds, status }) => ({ at: seconds(began), milliseconds, status })),
    requests: visits.length,
    moves,
    owners: owners.map(timed),
    claims: observation.events.filter((event) => event.event === "claim" && event.at >= at).map(timed),
    answersByOthers: visits.filter((visit) => isGood(visit) && !mayAnswer(visit, owners, observation.events)).length,
    twoMastersSeconds: twoMasters(observation) / 1000,
  };
}

/**
 * Sentences about what an outcome should not be; none when all is as expected. With `slack` above 1, for machines that
 * are busy with other things, times may be that many times as long, and one answer may be half sent when the address
 * moves.
 */
export function problemsOf(outcome: Outcome, { expect }: Fault, slack = 1): string[] {
  const problems: string[] = [];
  const allowed = { none: [0], "at most one": [0, 1], one: [1], any: undefined }[expect.moves];
  if (allowed && !allowed.includes(outcome.moves))
    problems.push(`moves: must be ${expect.moves}, got ${outcome.moves}`);
  if (outcome.answersByOthers > 0)
    problems.push(`answers by a load balancer without the address: must be none, got ${outcome.answersByOthers}`);
  const mayFail = slack > 1 ? outcome.moves : 0;
  if (expect.outageSeconds === 0 && outcome.failedRequests > mayFail)
    problems.push(`failed requests: must be none, got ${outcome.failedRequests} of ${outcome.requests}`);
  const outageLimit = Math.max(1, expect.outageSeconds) * slack;
  if (outcome.outageSeconds > outageLimit)
    problems.push(`outage: must be at most ${outageLimit} s, got ${outcome.outageSeconds.toFixed(2)} s`);
  const lastFailureLimit = (expect.lastFailureSeconds ?? Infinity) * slack;
  if (outcome.lastFailureSeconds !== undefined && outcome.lastFailureSeconds > lastFailureLimit)
    problems.push(
      `last failure: must be at most ${lastFailureLimit} s, got ${outcome.lastFailureSeconds.toFixed(2)} s`,
    );
  const detectionLimit = (expect.detectionSeconds ?? Infinity) * slack;
  if (outcome.detectionSeconds !== undefined && outcome.detectionSeconds > detectionLimit)
    problems.push(`detection: must be at most ${detectionLimit} s, got ${outcome.detectionSeconds.toFixed(2)} s`);
  return problems;
}

function isGood({ status }: Visit): boolean {
  return status === 200;
}

function isTransition({ event, detail }: NodeEvent, to: string): boolean {
  return event === "vrrp" && detail.to === to;
}

/** The last owner before the fault, and every one after it. */
function ownersOf({ moves, names, at }: Observation): Array<{ at: number; node: string }> {
  const all = moves.map((move) => ({
    at: move.at,
    node: move.dropletId === undefined ? "nobody" : nameOf(move, names),
  }));
  const before = all.filter((move) => move.at < at).slice(-1);
  return [...before, ...all.filter((move) => move.at >= at)];
}

function nameOf({ dropletId }: ReservedIpMove, names: Observation["names"]): string {
  return names[dropletId!] ?? `droplet ${dropletId}`;
}

/**
 * Whether the load balancer that answered held the address at any moment of the visit. One that hands it over answers, through
 * its successor, until its drain has ended: an edge's connection that is idle then learns only with its next request that it
 * shall use another one.
 */
function mayAnswer(
  visit: Visit,
  owners: ReadonlyArray<{ at: number; node: string }>,
  events: readonly NodeEvent[],
): boolean {
  return owners.some(({ at, node }, index) => {
    const lost = owners[index + 1]?.at ?? Infinity;
    const drained = events.find((event) => event.node === node && event.event === "drained" && event.at >= lost);
    const until = Math.max(lost, drained?.at ?? 0) + AROUND_MOVE_MS;
    const heldBeforeItsEnd = visit.began + visit.milliseconds >= at - AROUND_MOVE_MS;
    return node === visit.loadBalancer && heldBeforeItsEnd && visit.began <= until;
  });
}

function twoMasters({ events, target, fault, at, end }: Observation): number {
  const targetIsDown = fault.steps.some(
    (step) => ("power" in step || "freeze" in step) && (step.of ?? "target") !== "peer",
  );
  const masters = new Set<string>();
  let since: number | undefined;
  let total = 0;
  for (const event of [...events].sort((one, other) => one.at - other.at)) {
    if (event.event !== "vrrp" || (targetIsDown && event.node === target)) continue;
    if (event.detail.to === "MASTER") masters.add(event.node);
    else masters.delete(event.node);
    if (masters.size > 1 && since === undefined) since = Math.max(at, event.at);
    if (masters.size < 2 && since !== undefined) {
      total += Math.max(0, event.at - since);
      since = undefined;
    }
  }
  return total + (since === undefined ? 0 : end - since);
}
