import { superviseClusters } from "../../../local-cloud/postgres/supervisor";

const settings = {
  name: "main",
  version: "17",
  adminUser: "doadmin",
  memoryMiB: 2048,
  availability: {
    failoverAfterSeconds: 60,
    synchronousReplication: "off" as const,
    dailyBackup: { hour: 3, minute: 30 },
  },
};

describe("supervision", () => {
  test("goes on with all clusters after a check that failed", async () => {
    const events: string[] = [];
    const healthy = { settings, check: jest.fn(async () => undefined) };
    const broken = { settings: { ...settings, name: "broken" }, check: () => Promise.reject(new Error("no")) };
    const report = (event: string) => events.push(event);
    const supervision = superviseClusters(() => [healthy, broken], report, 1);
    while (healthy.check.mock.calls.length < 3 || events.length < 3) await new Promise(setImmediate);
    await supervision.stop();
    expect(new Set(events)).toEqual(new Set(["broken: no"]));
  });

  test("does not check a cluster whose last check has not ended", async () => {
    let endCheck = () => {};
    const slow = { settings, check: jest.fn(() => new Promise<void>((resolve) => (endCheck = resolve))) };
    const quick = { settings, check: jest.fn(async () => undefined) };
    const supervision = superviseClusters(() => [slow, quick], fail, 1);
    while (quick.check.mock.calls.length < 3) await new Promise(setImmediate);
    expect(slow.check).toHaveBeenCalledTimes(1);
    endCheck();
    await supervision.stop();
  });
});

function fail(event: string): never {
  throw new Error(event);
}
