import fc from "fast-check";
import { checkHistory, describeViolation } from "../../../rehearsal/ledger/check-history";
import { type HistoryRecord, type Write, entryOf, parseHistory } from "../../../rehearsal/ledger/history";

const write = (client: number, sequence: number, ended: number, outcome: Write["outcome"] = "acknowledged"): Write => ({
  kind: "write",
  client,
  sequence,
  began: ended - 5,
  ended,
  outcome,
});
const read = (began: number, asked: string[], missing: string[] = []): HistoryRecord => ({
  kind: "read",
  began,
  ended: began + 5,
  asked,
  missing,
});
const failure: HistoryRecord = { kind: "failure", at: 5000, what: "power-off" };

const kindsOf = (history: readonly HistoryRecord[], content: readonly string[]) =>
  checkHistory(history, content).violations.map(({ kind, entry }) => `${kind} ${entry}`);

test("a history without a fault has no violation, and everything is counted", () => {
  const history = [write(1, 1, 100), write(2, 1, 110, "refused"), read(200, ["1:1", "2:1"], ["2:1"]), write(1, 2, 300)];
  expect(checkHistory(history, ["1:1", "1:2"])).toEqual({
    ...{ writes: 3, acknowledged: 2, refused: 1, unknown: { there: 0, absent: 0 }, reads: 1, outageSeconds: 0.2 },
    violations: [],
  });
});

test("what was acknowledged and is missing is lost, and how long before the failure is said", () => {
  const { violations } = checkHistory([write(1, 1, 1000), write(1, 2, 3500), failure], ["1:1"]);
  expect(violations).toEqual([{ kind: "lost", entry: "1:2", client: 1, at: 3500, secondsBeforeFailure: 1.5 }]);
  expect(describeViolation(violations[0]!)).toBe(
    "lost: entry 1:2 of client 1, answered at 00:00:03.500, 1.50 s before the failure",
  );
});

test("a loss after the failure is said to be one", () => {
  const [violation] = checkHistory([failure, write(1, 1, 5250)], []).violations;
  expect(describeViolation(violation!)).toContain("0.25 s after the failure");
});

test("an unknown outcome may be there or not", () => {
  const history = [write(1, 1, 100, "unknown"), write(1, 2, 200, "unknown")];
  const verdict = checkHistory(history, ["1:2"]);
  expect(verdict).toMatchObject({ acknowledged: 0, unknown: { there: 1, absent: 1 }, violations: [] });
});

test("what is there twice is found, whatever its outcome was", () => {
  expect(kindsOf([write(1, 1, 100), write(1, 2, 200, "unknown")], ["1:1", "1:2", "1:1", "1:2"])).toEqual([
    "twice 1:1",
    "twice 1:2",
  ]);
});

test("an entry that was read from the primary and is gone later went back", () => {
  const history = [write(1, 1, 100, "unknown"), read(110, ["1:1"]), read(120, ["1:1"], ["1:1"])];
  expect(kindsOf(history, ["1:1"])).toEqual(["went back 1:1"]);
  expect(kindsOf(history.slice(0, 2), [])).toEqual(["went back 1:1"]);
});

test("a read that began before another one ended says nothing of what the other one saw", () => {
  const history = [write(1, 1, 100, "unknown"), read(110, ["1:1"]), read(115, ["1:1"], ["1:1"])];
  expect(kindsOf(history, ["1:1"])).toEqual([]);
});

test("an entry that is missing in a read after its acknowledgement is found, also when it is there again", () => {
  expect(kindsOf([write(1, 1, 100), read(101, ["1:1"], ["1:1"])], ["1:1"])).toEqual(["not seen 1:1"]);
  expect(kindsOf([write(1, 1, 100), read(100, ["1:1"], ["1:1"])], ["1:1"])).toEqual([]);
});

test("what was refused and is there, and what nobody wrote, are found", () => {
  expect(kindsOf([write(1, 1, 100, "refused")], ["1:1", "7:1"])).toEqual([
    "refused, but there 1:1",
    "never written 7:1",
  ]);
});

test("the outage is the longest time without an acknowledgement that ends after the failure", () => {
  const times = [100, 2100, 4900, 5000, 6500, 6600];
  const history = [...times.map((time, index) => write(1, index + 1, time)), failure];
  const all = times.map((_, index) => `1:${index + 1}`);
  expect(checkHistory(history, all).outageSeconds).toBe(1.5);
  expect(checkHistory(history.slice(0, -1), all).outageSeconds).toBe(2.8);
});

test("fails for a history that lacks an entry of a client, or has one twice", () => {
  expect(() => checkHistory([write(1, 1, 100), write(1, 3, 200)], [])).toThrow(
    "client 1 must go on with entry 2, got 3",
  );
  expect(() => checkHistory([write(1, 1, 100), write(1, 1, 200)], [])).toThrow(
    "client 1 must go on with entry 2, got 1",
  );
});

test("a file of records is read as it was written, and fails with the line that is none", () => {
  const records = [write(1, 1, 100), read(110, ["1:1"]), failure];
  expect(parseHistory(records.map((record) => `${JSON.stringify(record)}\n`).join(""))).toEqual(records);
  expect(() => parseHistory(`${JSON.stringify(failure)}\n{"kind":"wri`)).toThrow("history, line 2: must be JSON");
  expect(() => parseHistory('{"kind":"other"}\n')).toThrow("history, line 1: kind must be");
});

/** What a database that does nothing wrong could leave of what its clients did. */
const soundRun = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom("acknowledged", "refused", "unknown"), fc.boolean()),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((steps) => {
    const sequences = new Map<number, number>();
    const content: string[] = [];
    const history = steps.flatMap(([client, outcome, arrives], index): HistoryRecord[] => {
      const sequence = (sequences.get(client) ?? 0) + 1;
      sequences.set(client, sequence);
      const entry = write(client, sequence, 100 * (index + 1), outcome);
      if (outcome === "acknowledged" || (outcome === "unknown" && arrives)) content.push(entryOf(entry));
      return [entry, read(entry.ended + 50, [...content])];
    });
    return { history, content };
  });

test("whatever a sound database leaves is no violation", () => {
  fc.assert(fc.property(soundRun, ({ history, content }) => checkHistory(history, content).violations.length === 0));
});

test("one entry that is taken away from a sound database, put in twice, or made up is found, and no other one", () => {
  const victim = fc.nat();
  fc.assert(
    fc.property(soundRun, victim, ({ history, content }, number) => {
      fc.pre(content.length > 0);
      const entry = content[number % content.length]!;
      const entriesOf = (changed: readonly string[]) =>
        new Set(checkHistory(history, changed).violations.map((violation) => violation.entry));
      expect(entriesOf(content.filter((other) => other !== entry))).toEqual(new Set([entry]));
      expect(entriesOf([...content, entry])).toEqual(new Set([entry]));
      expect(entriesOf([...content, "9:1"])).toEqual(new Set(["9:1"]));
    }),
  );
});
