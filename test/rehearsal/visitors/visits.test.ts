import type { Visit } from "../../../rehearsal/visitors/visitors";
import { describeFailures, summarizeVisits } from "../../../rehearsal/visitors/visits";

const visit = (began: number, milliseconds: number, status: number, request = "GET /"): Visit => ({
  began,
  milliseconds,
  status,
  loadBalancer: "",
  request,
  problem: status === 200 ? "" : "what was wrong",
});

test("counts requests, writes and failures; no answer is a failure as an error is", () => {
  const summary = summarizeVisits([visit(0, 5, 200), visit(10, 7, 201, "POST /"), visit(20, 9, 0), visit(30, 2, 503)]);
  expect(summary).toMatchObject({ requests: 4, writes: 1, lost: [], p99: 9, p999: 9, slowest: 9 });
  expect(summary.failed.map(({ began }) => began)).toEqual([20, 30]);
});

test("failures are lost ones only if they were under way in the outage", () => {
  const visits = [visit(0, 99, 0), visit(0, 100, 0), visit(150, 5, 0), visit(200, 5, 0), visit(201, 5, 0)];
  const { failed, lost } = summarizeVisits(visits, { began: 100, ended: 200 });
  expect(lost.map(({ began }) => began)).toEqual([0, 150, 200]);
  expect(failed).toEqual([visits[0], visits[4]]);
});

test("each failure is a line that says when, how long, what and how", () => {
  expect(describeFailures(summarizeVisits([visit(0, 30, 502)]))).toEqual([
    "00:00:00.000 +30 ms GET /: 502  what was wrong",
  ]);
});
