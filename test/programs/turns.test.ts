import { KeyedTurns, Turns } from "../../programs/turns";

describe("turns", () => {
  test("work runs one at a time, in order", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const work = (name: string) =>
      turns.run(async () => {
        seen.push(`${name} begins`);
        await new Promise(setImmediate);
        seen.push(`${name} ends`);
      });
    await Promise.all([work("first"), work("second")]);
    expect(seen).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });

  test("work goes on after work that failed", async () => {
    const turns = new Turns();
    const failed = turns.run(() => Promise.reject(new Error("broken")));
    const next = turns.run(async () => "fine");
    await expect(failed).rejects.toThrow("broken");
    await expect(next).resolves.toBe("fine");
    expect(turns.idle).toBe(true);
  });
});

test("turns about one thing are taken one after the other, and a failure does not hold up the next", async () => {
  const turns = new KeyedTurns();
  const done: string[] = [];
  const slow = turns.run("x", async () => {
    await new Promise(setImmediate);
    done.push("first");
    throw new Error("no");
  });
  const next = turns.run("x", async () => done.push("second"));
  const elsewhere = turns.run("y", async () => done.push("elsewhere"));
  await expect(slow).rejects.toThrow("no");
  await Promise.all([next, elsewhere]);
  expect(done).toEqual(["elsewhere", "first", "second"]);
});
