import { parseBootProgress, readBootProgress } from "../../../local-cloud/machines/boot-progress";

function statusFile(stage: string | null, finished: boolean, more: object = {}): string {
  const end = finished ? 12.5 : null;
  return JSON.stringify({
    v1: {
      datasource: "DataSourceConfigDrive",
      init: { errors: [], finished: 3, recoverable_errors: {}, start: 2 },
      "init-local": { errors: [], finished: 1.5, recoverable_errors: {}, start: 1 },
      "modules-config": { errors: [], finished: 5, recoverable_errors: {}, start: 4 },
      "modules-final": { errors: [], finished: end, recoverable_errors: {}, start: 6, ...more },
      stage,
    },
  });
}

test("a machine whose cloud-init has said nothing yet is waited for", async () => {
  expect(await readBootProgress("/nonexistent")).toEqual({ state: "waiting", stage: undefined, errors: [] });
  expect(parseBootProgress("").state).toBe("waiting");
});

test("cloud-init is running while it is in a stage, and between two", () => {
  const running = parseBootProgress(statusFile("modules-final", false));
  expect(running).toEqual({ state: "running", stage: "modules-final", errors: [] });
  expect(parseBootProgress(statusFile(null, false)).state).toBe("running");
});

test("cloud-init is done when its last stage is", () => {
  expect(parseBootProgress(statusFile(null, true))).toEqual({ state: "done", stage: undefined, errors: [] });
});

test("fails a boot that had errors, the recoverable ones too", () => {
  const text = statusFile(null, true, {
    errors: ["('runcmd', ProcessExecutionError())"],
    recoverable_errors: { WARNING: ["Failed loading yaml blob"] },
  });
  expect(parseBootProgress(text)).toEqual({
    state: "error",
    stage: undefined,
    errors: ["('runcmd', ProcessExecutionError())", "WARNING: Failed loading yaml blob"],
  });
});
