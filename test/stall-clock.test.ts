import { setTimeout as sleep } from "node:timers/promises";
import { StallClock } from "./stall-clock";

test("a clock without stalls counts what is waited for, and leaves out the time in which nothing ran", async () => {
  using clock = new StallClock();
  const began = performance.now();
  await sleep(300);
  const stop = performance.now() + 1000;
  while (performance.now() < stop);
  const all = performance.now() - began;
  const counted = clock.elapsed();
  expect(all - counted).toBeGreaterThanOrEqual(990);
  expect(counted).toBeGreaterThanOrEqual(0);
});

test("a clock without stalls goes on when nothing stalls", async () => {
  using clock = new StallClock();
  // Short waits: a machine that stalls in one of them has time for another one.
  for (let turn = 0; turn < 200 && clock.elapsed() < 200; turn++) await sleep(10);
  expect(clock.elapsed()).toBeGreaterThanOrEqual(200);
});
