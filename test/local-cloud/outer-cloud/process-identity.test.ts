import { spawn } from "node:child_process";
import { once } from "node:events";
import { isRunning, tryFindParent, tryIdentifyProcess } from "../../../local-cloud/outer-cloud/process-identity";

test("a process is known by its pid and start time, and its parent is found", async () => {
  const child = spawn("sleep", ["60"]);
  const identity = tryIdentifyProcess(child.pid!)!;
  expect(isRunning(identity)).toBe(true);
  expect(tryFindParent(child.pid!)).toBe(process.pid);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(isRunning(identity)).toBe(false);
});

test("another process that got the same pid is not taken for it", () => {
  const own = tryIdentifyProcess(process.pid)!;
  expect(isRunning({ ...own, startTime: String(Number(own.startTime) - 1) })).toBe(false);
});
