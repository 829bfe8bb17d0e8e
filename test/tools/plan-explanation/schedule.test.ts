import fc from "fast-check";
import { type Task, schedule } from "../../../tools/plan-explanation/schedule";

const task = (id: string, seconds: number, ...after: string[]): Task => ({ id, seconds, after });
const slots = (tasks: Task[], parallelism = 10) => Object.fromEntries(schedule(tasks, parallelism));

test("a task starts when what it waits for has ended", () => {
  expect(slots([task("b", 2, "a"), task("a", 3)])).toEqual({ a: { start: 0, end: 3 }, b: { start: 3, end: 5 } });
});

test("no more tasks run at a time than may", () => {
  expect(slots([task("a", 2), task("b", 1), task("c", 1)], 1)).toEqual({
    a: { start: 0, end: 2 },
    b: { start: 2, end: 3 },
    c: { start: 3, end: 4 },
  });
});

test("what takes no time needs no place, and what does not exist is not waited for", () => {
  expect(slots([task("a", 2), task("b", 0, "nothing"), task("c", 0, "b")], 1)).toMatchObject({
    c: { start: 0, end: 0 },
  });
});

test("fails on tasks that wait for each other", () => {
  expect(() => slots([task("a", 1, "b"), task("b", 1, "a")])).toThrow("plan: these wait for each other: a, b");
});

test("whatever the tasks: order and parallelism hold, and nobody waits longer than all the work takes", () => {
  const graph = fc.array(fc.record({ seconds: fc.nat(5), after: fc.array(fc.nat(30), { maxLength: 3 }) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 4 }), (items, parallelism) => {
      const tasks = items.map(({ seconds, after }, i) =>
        task(String(i), seconds, ...after.filter((other) => other < i).map(String)),
      );
      const result = schedule(tasks, parallelism);
      for (const { id, seconds, after } of tasks) {
        const { start, end } = result.get(id)!;
        expect(end - start).toBe(seconds);
        for (const other of after) expect(result.get(other)!.end).toBeLessThanOrEqual(start);
        const running = [...result.values()].filter((slot) => slot.start <= start && start < slot.end);
        if (seconds > 0) expect(running.length).toBeLessThanOrEqual(parallelism);
        expect(end).toBeLessThanOrEqual(tasks.reduce((sum, one) => sum + one.seconds, 0));
      }
    }),
  );
});
