import { moveClock, OWN_CLOCK } from "./clock";
import type { Fault, Step } from "./fault";
import { FILL_VAR } from "./full-disk";

/** From the fault until visitors are answered again, for every single fault, with an assign time of 2 s. */
const SINGLE = 4;
/** Loss of a whole node. */
const NODE_LOSS = { moves: "one", outageSeconds: SINGLE, detectionSeconds: 1 } as const;
/** A sender repeats a packet that was lost for some seconds after as long again: 6.4 s after 6.3 s, 12.8 s after 12.7 s. */
const EDGE_REPEATS = 13;
const NO_EFFECT = { moves: "none", outageSeconds: 0 } as const;

const SLOW: Step = { api: { kind: "delay", milliseconds: 10_000 } };
const MOVE = { method: "POST", path: /^\/v2\/reserved_ips\/[^/]+\/actions$/ } as const;

/** Everything that is tried on the pair. The target is the load balancer that holds the address, if none is named. */
export const faults: readonly Fault[] = [
  {
    name: "power-off",
    sentence: "The load balancer loses power.",
    steps: [{ power: "off" }],
    undo: [{ power: "on" }],
    expect: NODE_LOSS,
  },
  {
    name: "freeze",
    sentence:
      "The load balancer stands still and later goes on where it was, still believing that it holds the address.",
    steps: [{ freeze: true }],
    undo: [{ freeze: false }],
    expect: NODE_LOSS,
  },
  {
    name: "power-cycle",
    sentence: "The load balancer is reset: off and on again without a shutdown.",
    steps: [{ power: "cycle" }],
    undoneBy: "ends by itself when the node has booted",
    expect: { moves: "at most one", outageSeconds: SINGLE, detectionSeconds: 1 },
  },
  {
    name: "reboot",
    sentence: "The load balancer is rebooted on purpose.",
    steps: [{ power: "reboot" }],
    undoneBy: "ends by itself when the node has booted",
    expect: { moves: "one", outageSeconds: 0 },
  },
  {
    name: "reboot-backup",
    sentence: "The load balancer that does not hold the address is rebooted on purpose.",
    steps: [{ power: "reboot", of: "peer" }],
    undoneBy: "ends by itself when the node has booted",
    expect: NO_EFFECT,
  },
  {
    name: "power-off-backup",
    sentence: "The load balancer that does not hold the address loses power.",
    steps: [{ power: "off", of: "peer" }],
    undo: [{ power: "on", of: "peer" }],
    expect: NO_EFFECT,
  },
  {
    name: "kill-haproxy",
    sentence: "HAProxy dies once; systemd starts it again.",
    steps: [{ kill: "haproxy.service" }],
    undoneBy: "ends by itself",
    expect: { moves: "at most one", outageSeconds: 1 },
  },
  {
    name: "kill-haproxy-again",
    sentence: "HAProxy dies five times a second, however often systemd starts it.",
    steps: [{ kill: "haproxy.service", everyMilliseconds: 200 }],
    lastsSeconds: 10,
    expect: { moves: "one", outageSeconds: SINGLE, detectionSeconds: 0.7 },
  },
  {
    name: "haproxy-does-not-start",
    sentence: "HAProxy dies and its configuration is broken, so that it cannot start again.",
    steps: [{ run: "echo nonsense >/etc/haproxy/discovered/zz-broken.cfg" }, { kill: "haproxy.service" }],
    undo: [{ run: "rm -f /etc/haproxy/discovered/zz-broken.cfg" }],
    expect: { moves: "one", outageSeconds: SINGLE, detectionSeconds: 0.7 },
  },
  {
    name: "haproxy-bad-reload",
    sentence: "HAProxy is reloaded with a configuration that is broken.",
    steps: [{ run: "echo nonsense >/etc/haproxy/discovered/zz-broken.cfg; ! systemctl reload haproxy.service" }],
    undo: [{ run: "rm -f /etc/haproxy/discovered/zz-broken.cfg; systemctl reload haproxy.service" }],
    expect: NO_EFFECT,
  },
  {
    name: "freeze-haproxy",
    sentence: "HAProxy hangs: it keeps its sockets and answers nothing.",
    steps: [{ run: "systemctl kill --signal=STOP haproxy.service" }],
    undo: [{ run: "systemctl kill --signal=CONT haproxy.service" }],
    expect: { moves: "one", outageSeconds: SINGLE, detectionSeconds: 1.1 },
  },
  {
    name: "kill-keepalived",
    sentence: "keepalived dies once; systemd starts it again.",
    steps: [{ kill: "keepalived.service" }],
    undoneBy: "ends by itself",
    expect: NO_EFFECT,
  },
  {
    name: "kill-keepalived-again",
    sentence: "keepalived dies twice a second, however often systemd starts it.",
    steps: [{ kill: "keepalived.service", everyMilliseconds: 500 }],
    expect: NO_EFFECT,
  },
  {
    name: "kill-agent",
    sentence: "hold-reserved-ip dies once; systemd starts it again.",
    steps: [{ kill: "hold-reserved-ip.service" }],
    undoneBy: "ends by itself",
    expect: NO_EFFECT,
  },
  {
    name: "cut-vpc-between",
    sentence: "The two load balancers do not reach each other over the VPC; both are MASTER.",
    steps: [{ cut: "between" }],
    expect: NO_EFFECT,
  },
  {
    name: "cut-vpc",
    sentence: "The load balancer loses its VPC side, and with it the web nodes.",
    steps: [{ cut: "vpc" }],
    lastsSeconds: 10,
    expect: { moves: "one", outageSeconds: SINGLE, detectionSeconds: 1 },
  },
  {
    name: "cut-vpc-backup",
    sentence: "The load balancer that does not hold the address loses its VPC side.",
    steps: [{ cut: "vpc", of: "peer" }],
    expect: NO_EFFECT,
  },
  {
    name: "cut-public",
    sentence: "The load balancer loses its public side; the VPC works.",
    steps: [{ cut: "public" }],
    lastsSeconds: 15,
    expect: { moves: "one", outageSeconds: SINGLE },
  },
  {
    name: "cut-public-backup",
    sentence: "The load balancer that does not hold the address loses its public side.",
    steps: [{ cut: "public", of: "peer" }],
    expect: NO_EFFECT,
  },
  {
    name: "cut-metadata",
    sentence: "Neither load balancer reaches the metadata service.",
    steps: [{ cut: "metadata", of: "both" }],
    expect: NO_EFFECT,
  },
  {
    name: "api-unreachable",
    sentence: "Neither load balancer reaches DigitalOcean's API.",
    steps: [{ cut: "api", of: "both" }],
    expect: NO_EFFECT,
  },
  {
    name: "api-slow",
    sentence: "DigitalOcean's API takes 10 s for every answer.",
    steps: [SLOW],
    expect: NO_EFFECT,
  },
  ...[429, 500].map((status) => ({
    name: `api-${status}`,
    sentence: `DigitalOcean's API answers ${status} to every request.`,
    steps: [respond(status)],
    expect: NO_EFFECT,
  })),
  {
    name: "power-off-api-unreachable",
    sentence: "The load balancer loses power while the other one does not reach the API for 5 s.",
    steps: [{ cut: "api", of: "peer" }, { power: "off" }, { pauseSeconds: 5 }, { lift: true }],
    undo: [{ power: "on" }],
    // A question that is under way when the API comes back ends after a second, the pause after it after two.
    expect: { moves: "one", outageSeconds: 5 + 1 + 2 + SINGLE, detectionSeconds: 1 },
  },
  {
    name: "power-off-api-slow",
    sentence: "The load balancer loses power while the API takes 10 s for every answer, for 5 s.",
    steps: [SLOW, { power: "off" }, { pauseSeconds: 5 }, { lift: true }],
    undo: [{ power: "on" }],
    lastsSeconds: 12,
    expect: { moves: "one", outageSeconds: 10 + SINGLE, detectionSeconds: 1 },
  },
  ...[429, 500].map((status) => ({
    name: `power-off-api-${status}`,
    sentence: `The load balancer loses power while the API answers ${status} to every request, for 5 s.`,
    steps: [respond(status), { power: "off" } as const, { pauseSeconds: 5 }, { lift: true } as const],
    undo: [{ power: "on" } as const],
    expect: { moves: "one", outageSeconds: 5 + 5 + SINGLE, detectionSeconds: 1 } as const,
  })),
  {
    name: "power-off-api-422",
    sentence:
      "The load balancer loses power while the API refuses assignments (422, another event is pending) for 15 s.",
    steps: [
      {
        api: {
          kind: "respond",
          status: 422,
          body: { id: "unprocessable_entity", message: "The reserved IP already has a pending event." },
        },
        ...MOVE,
      },
      { power: "off" },
      { pauseSeconds: 15 },
      { lift: true },
    ],
    undo: [{ power: "on" }],
    expect: { moves: "one", outageSeconds: 15 + 5 + SINGLE, detectionSeconds: 1 },
  },
  {
    name: "power-off-action-errored",
    sentence: "The load balancer loses power, and the first assignment is accepted but ends errored.",
    steps: [{ refuseMoves: 1 }, { power: "off" }],
    undo: [{ power: "on" }],
    lastsSeconds: 12,
    expect: { moves: "one", outageSeconds: 10 + SINGLE, detectionSeconds: 1 },
  },
  {
    name: "edge-location-cut",
    sentence:
      "The edge's first location reaches no origin for 5 s; its visitors notice it, those of the others do not.",
    steps: [{ cutEdge: "location" }],
    expect: { moves: "none", outageSeconds: 1, lastFailureSeconds: 5 + EDGE_REPEATS },
  },
  {
    name: "edge-location-cut-reboot",
    sentence:
      "The load balancer is rebooted while the edge's first location reaches no origin, and keeps its connections to it.",
    steps: [{ cutEdge: "location" }, { power: "reboot" }],
    lastsSeconds: 20,
    expect: { moves: "one", outageSeconds: 1, lastFailureSeconds: 20 + EDGE_REPEATS },
  },
  {
    name: "edge-connections-forgotten",
    sentence: "The edge's connections to origins are forgotten by something on the way, and none is reset.",
    steps: [{ cutEdge: "connections" }],
    lastsSeconds: 100,
    expect: { moves: "none", outageSeconds: 90 + SINGLE },
  },
  {
    name: "disk-full",
    sentence: "The load balancer's /var takes no more data: nothing can be written, made or replaced there.",
    steps: [{ run: FILL_VAR }],
    undo: [{ run: "umount --lazy /var; umount --lazy /run/full" }],
    expect: NO_EFFECT,
  },
  {
    name: "clock-jump",
    sentence: "keepalived and hold-reserved-ip see the clock jump an hour ahead, and back again in the end.",
    prepare: [{ run: OWN_CLOCK, of: "both" }],
    steps: [{ run: moveClock("+3600") }],
    undo: [{ run: moveClock("+0") }],
    expect: NO_EFFECT,
  },
  {
    name: "reboot-both",
    sentence: "Both load balancers are reset at once.",
    steps: [{ power: "cycle", of: "both" }],
    undoneBy: "ends by itself when the nodes have booted",
    lastsSeconds: 10,
    expect: { moves: "at most one", outageSeconds: 30 },
  },
  {
    name: "second-during-first",
    sentence: "The load balancer loses power, and a second later keepalived and the agent of the other one die.",
    steps: [
      { power: "off" },
      { pauseSeconds: 1 },
      { kill: "keepalived.service", of: "peer" },
      { kill: "hold-reserved-ip.service", of: "peer" },
    ],
    undo: [{ power: "on" }],
    lastsSeconds: 10,
    expect: { moves: "one", outageSeconds: 5 + SINGLE },
  },
];

/** The fault of that name; throws with the names that there are. */
export function findFault(name: string): Fault {
  const fault = faults.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new Error(`fault: must be one of ${faults.map((one) => one.name).join(", ")}, got "${name}"`);
}

function respond(status: number): Step {
  const headers = status === 429 ? { "retry-after": "2" } : undefined;
  return { api: { kind: "respond", status, headers, body: { id: "fault", message: "a fault is switched on" } } };
}
