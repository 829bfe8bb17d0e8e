import { findDatabaseFault } from "../../../rehearsal/faults/database-catalogue";
import { computeDatabaseOutcome, problemsOfDatabase } from "../../../rehearsal/faults/database-trial";
import type { Visit } from "../../../rehearsal/visitors/visitors";

/** Ten visits of each kind a second for 40 s; `fails` says which of them get no answer. */
function visits(fails: (method: string, second: number) => boolean): Visit[] {
  return Array.from({ length: 800 }, (_, index) => {
    const [method, second] = [index % 2 === 0 ? "GET" : "POST", Math.floor(index / 2) / 10];
    const status = fails(method, second) ? 503 : 200;
    return { began: 1000 * second, milliseconds: 5, status, loadBalancer: "", request: `${method} /x`, problem: "" };
  });
}

const powerOff = findDatabaseFault("database-power-off");

describe("what visitors notice of a fault of the database", () => {
  test("is counted for reads and for writes, with the longest time without a good answer", () => {
    const seen = visits((method, second) => method === "POST" && second >= 5 && second < 17);
    const outcome = computeDatabaseOutcome(powerOff, seen, 20, 10);
    expect(outcome).toMatchObject({
      fault: "database-power-off",
      lastedSeconds: 20,
      reads: { requests: 400, failed: 0 },
      writes: { requests: 400, failed: 120 },
    });
    expect(outcome.reads.outageSeconds).toBeCloseTo(0.1);
    expect(outcome.writes.outageSeconds).toBeCloseTo(12.1);
    expect(problemsOfDatabase(outcome, powerOff)).toEqual([]);
  });

  test("fails when reads fail, and when writes do not come back in time", () => {
    const seen = visits((method, second) => (method === "POST" ? second >= 5 && second < 30 : second === 7));
    expect(problemsOfDatabase(computeDatabaseOutcome(powerOff, seen, 20, 10), powerOff)).toEqual([
      "reads: none may fail, got 1 of 400",
      "writes: must be answered again within 15 s, got 25.1 s",
    ]);
  });

  test("may last as long as the fault, where nothing is replaced, and so long no longer", () => {
    const fault = findDatabaseFault("database-lock");
    const outcome = (lasted: number) =>
      computeDatabaseOutcome(
        fault,
        visits((method, second) => method === "POST" && second >= 5 && second < 30),
        lasted,
        10,
      );
    expect(problemsOfDatabase(outcome(21), fault)).toEqual([]);
    expect(problemsOfDatabase(outcome(10), fault)).toEqual(["writes: must be answered again within 15 s, got 25.1 s"]);
  });

  test("fails when nobody asked, and when no answer came until the end", () => {
    const nobody = computeDatabaseOutcome(powerOff, [], 20, 10);
    expect(problemsOfDatabase(nobody, powerOff)).toEqual(["reads: nobody asked", "writes: nobody asked"]);
    const never = computeDatabaseOutcome(
      powerOff,
      visits((_, second) => second >= 5),
      20,
      10,
    );
    expect(problemsOfDatabase(never, powerOff)).toHaveLength(2);
  });
});
