import { findFault } from "../../../rehearsal/faults/catalogue";
import { computeOutcome, problemsOf, type Observation, type Outcome } from "../../../rehearsal/faults/outcome";
import type { Visit } from "../../../rehearsal/visitors/visitors";

const AT = 1_000_000;

/** A visit a hundred times a second, `began` from the fault on; answered by `who` says. */
function visits(from: number, to: number, who: (time: number) => string): Visit[] {
  return Array.from({ length: (to - from) / 10 }, (_, i) => {
    const time = from + i * 10;
    const loadBalancer = who(time);
    const status = loadBalancer === "" ? 0 : 200;
    return { began: AT + time, milliseconds: 5, status, loadBalancer, request: "GET /", problem: "" };
  });
}

function observation(more: Partial<Observation> = {}): Observation {
  return {
    fault: findFault("power-off"),
    at: AT,
    end: AT + 10_000,
    target: "lb-1",
    names: { 1: "lb-1", 2: "lb-2" },
    moves: [
      { at: AT - 60_000, address: "198.51.100.10", dropletId: 1 },
      { at: AT + 3000, address: "198.51.100.10", dropletId: 2 },
    ],
    events: [
      { at: AT + 700, node: "lb-2", event: "vrrp", detail: { to: "MASTER" } },
      { at: AT + 1000, node: "lb-2", event: "claim", detail: { from: 1 } },
    ],
    visits: visits(-1000, 10_000, (time) => (time < 0 ? "lb-1" : time < 3000 ? "" : "lb-2")),
    ...more,
  };
}

describe("what was seen of a fault", () => {
  test("gives detection, outage, failures, moves, owners and claims", () => {
    expect(computeOutcome(observation())).toMatchObject({
      detectionSeconds: 0.7,
      outageSeconds: 3.01,
      failedRequests: 300,
      lastFailureSeconds: 2.99,
      requests: 1100,
      moves: 1,
      owners: [
        { at: -60, node: "lb-1" },
        { at: 3, node: "lb-2" },
      ],
      claims: [{ at: 1, node: "lb-2" }],
      answersByOthers: 0,
      twoMastersSeconds: 0,
    });
  });

  test("an outage that lasts until the end counts up to there", () => {
    const seen = observation({ visits: visits(-1000, 10_000, (time) => (time < 0 ? "lb-1" : "")) });
    expect(computeOutcome(seen).outageSeconds).toBeCloseTo(10, 1);
  });

  test("a visitor who is given up after everybody was asked makes no outage", () => {
    const [all, last] = [visits(-1000, 10_000, () => "lb-1"), visits(9980, 9990, () => "")];
    const seen = observation({ visits: [...all, { ...last[0]!, milliseconds: 3000 }] });
    expect(computeOutcome(seen)).toMatchObject({ outageSeconds: 0.01, failedRequests: 1 });
  });

  test("an answer by a load balancer that has lost the address is counted, one that was under way is not", () => {
    const late = visits(-1000, 10_000, (time) => (time < 5000 ? "lb-1" : "lb-2"));
    expect(computeOutcome(observation({ visits: late })).answersByOthers).toBe(99);
    const underWay = visits(-1000, 10_000, (time) => (time < 3500 ? "lb-1" : "lb-2"));
    expect(computeOutcome(observation({ visits: underWay })).answersByOthers).toBe(0);
  });

  test("a load balancer that hands the address over may answer until its drain has ended", () => {
    const handedOver = visits(-1000, 10_000, (time) => (time < 6000 ? "lb-1" : "lb-2"));
    const drained = (node: string, time: number) => ({ at: AT + time, node, event: "drained", detail: {} });
    const answers = (...events: ReturnType<typeof drained>[]) =>
      computeOutcome(observation({ visits: handedOver, events })).answersByOthers;
    expect(answers(drained("lb-1", 5000))).toBe(0);
    expect(answers(drained("lb-1", 4500))).toBeGreaterThan(0);
    expect(answers(drained("lb-2", 5000))).toBeGreaterThan(0);
    expect(answers(drained("lb-1", 500))).toBeGreaterThan(0);
  });

  test("two masters are counted while both are alive", () => {
    const fault = findFault("cut-vpc-between");
    const vrrp = (time: number, node: string, to: string) => ({ at: AT + time, node, event: "vrrp", detail: { to } });
    const events = [vrrp(-500, "lb-1", "MASTER"), vrrp(1000, "lb-2", "MASTER"), vrrp(5000, "lb-2", "BACKUP")];
    expect(computeOutcome(observation({ fault, events })).twoMastersSeconds).toBe(4);
    expect(computeOutcome(observation({ events })).twoMastersSeconds).toBe(0);
  });
});

describe("what was expected of a fault", () => {
  const good: Outcome = { ...computeOutcome(observation()) };

  test("is met by a move within the budget", () => {
    expect(problemsOf(good, findFault("power-off"))).toEqual([]);
  });

  test("fails with all that is wrong", () => {
    const bad = { ...good, moves: 2, outageSeconds: 5, detectionSeconds: 1.5, answersByOthers: 3 };
    expect(problemsOf(bad, findFault("power-off"))).toEqual([
      "moves: must be one, got 2",
      "answers by a load balancer without the address: must be none, got 3",
      "outage: must be at most 4 s, got 5.00 s",
      "detection: must be at most 1 s, got 1.50 s",
    ]);
  });

  test("fails when some visitors are not answered for too long", () => {
    const some = { ...good, moves: 0, outageSeconds: 0.1, lastFailureSeconds: 21 };
    expect(problemsOf(some, findFault("edge-location-cut"))).toEqual([
      "last failure: must be at most 18 s, got 21.00 s",
    ]);
  });

  test("gives times some slack on a busy machine, but not the number of moves", () => {
    const slow = { ...good, moves: 2, outageSeconds: 7, detectionSeconds: 1.5 };
    expect(problemsOf(slow, findFault("power-off"), 2)).toEqual(["moves: must be one, got 2"]);
  });

  test("fails for a single lost request where none may be lost", () => {
    const lost = { ...good, moves: 0, outageSeconds: 0.1, failedRequests: 1 };
    expect(problemsOf(lost, findFault("api-500"))).toEqual(["failed requests: must be none, got 1 of 1100"]);
  });
});
