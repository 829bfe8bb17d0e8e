import { Handover } from "../../../local-cloud/api/handover";
import type { Log } from "../../../local-cloud/api/log";
import { settle } from "./fake-clock";

let wanted: Map<number, string | undefined>;
let applied: Array<[number, string | undefined]>;
let refuse: Set<number>;
let logged: string[];
const log = { error: (_details: object, message: string) => void logged.push(message) } as Log;

beforeEach(() => {
  wanted = new Map();
  applied = [];
  refuse = new Set();
  logged = [];
});

function handover(clearGone = true): Handover<number, string> {
  return new Handover<number, string>({
    subject: "a value",
    wanted: () => new Map(wanted),
    apply: async (id, value) => {
      await settle();
      if (refuse.has(id)) throw new Error(`no ${id}`);
      applied.push([id, value]);
    },
    clearGone,
    log,
  });
}

test("only what changed is handed over, and none is a value as well", async () => {
  const values = handover();
  wanted = new Map([
    [1, "a"],
    [2, undefined],
  ]);
  await values.settled(1);
  wanted.set(2, "b");
  await values.settled(2);
  wanted.set(1, undefined);
  await values.settled(1);
  expect(applied).toEqual([
    [1, "a"],
    [2, "b"],
    [1, undefined],
  ]);
});

test("what is gone is cleared, or forgotten", async () => {
  for (const clearGone of [true, false]) {
    const values = handover(clearGone);
    applied = [];
    wanted = new Map([[1, "a"]]);
    await values.settled(1);
    wanted.clear();
    await values.settled(1);
    expect(applied).toEqual(
      clearGone
        ? [
            [1, "a"],
            [1, undefined],
          ]
        : [[1, "a"]],
    );
  }
});

test("changes during a run are handed over by the next, with the state of then", async () => {
  const values = handover();
  wanted.set(1, "a");
  values.changed();
  await Promise.resolve();
  wanted.set(1, "b");
  values.changed();
  wanted.set(1, "c");
  await values.settled(1);
  expect(applied.at(-1)).toEqual([1, "c"]);
  expect(applied.length).toBeLessThanOrEqual(2);
});

test("fails for the one that is refused only, says so in the log, and tries again with the next change", async () => {
  const values = handover();
  wanted = new Map([
    [1, "a"],
    [2, "b"],
  ]);
  refuse.add(1);
  await expect(values.settled(1)).rejects.toThrow("no 1");
  await expect(values.settled(2)).resolves.toBeUndefined();
  expect(logged[0]).toBe("the platform refused a value");
  refuse.clear();
  await values.settled(1);
  expect(applied).toEqual([
    [2, "b"],
    [1, "a"],
  ]);
});
