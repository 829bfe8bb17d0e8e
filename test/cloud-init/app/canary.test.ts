import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CanarySettings, canaryFiles } from "../../../cloud-init/app/canary";
import { appFiles, checkAppSettings } from "../../../cloud-init/app/user-data";
import { findCloudInitDirectory } from "../../../cloud-init/rootfs";
import { exampleApp } from "../example-hosts";

const library = join(findCloudInitDirectory(), "app/canary/rootfs/usr/local/lib/infrastructure");

describe("a new version on trial", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "canary-"));
    writeFileSync(join(directory, "canary.json"), JSON.stringify({ durationSeconds: 60, sharePercent: 10 }));
    version("1");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const version = (text: string) => writeFileSync(join(directory, "user-data"), text);
  const drive = (what: "follow" | "try", given: unknown) =>
    JSON.parse(
      execFileSync("python3", [join(__dirname, "drive-canary.py"), library, directory, what], {
        input: JSON.stringify(given),
        encoding: "utf8",
        stdio: ["pipe", "pipe", "ignore"],
      }),
    );
  /** What a web node tells; without more, that a hundred requests went well on either side. */
  const told = (report: object = {}) => ({
    ...{ released: false, others: 2, new: [10, 0, 20], old: [90, 0, 20] },
    ...report,
  });
  const follow = (...steps: [number, string, ...unknown[]][]) => drive("follow", steps);

  test("has its share of the requests, then as much as any other node, and passes with the figures", () => {
    expect(
      follow(
        [0, "word", "up 100%"],
        [0, "report", told()],
        [1, "word", "up 100%"],
        [1, "readiness"],
        [60, "word", "up 100%"],
        [60, "readiness"],
      ),
    ).toEqual([
      "up 11%",
      null,
      "up 22%",
      [503, { ready: false, reason: "its answers are compared with those of the old version for 60 s" }],
      "up 100%",
      [
        200,
        {
          ready: true,
          note: "answered 0 of 10 requests with an error, the old version 0 of 90 in 60 s, too few to tell",
        },
      ],
    ]);
  });

  test("is never more than any other node, however many there are, and not asked when the application is down or busy", () => {
    expect(
      follow(
        [0, "report", told({ others: 19 })],
        [0, "word", "up 100%"],
        [0, "word", "up 1%"],
        [0, "word", "down"],
      ).slice(1),
    ).toEqual(["up 100%", "up 1%", "down"]);
  });

  test("is taken out for good when it fails more often than the old one, and says so", () => {
    const bad = told({ new: [40, 5, 20], old: [400, 1, 20] });
    const reason =
      "answered 5 of 40 requests with an error, the old version 1 of 400: this version is stopped and gets no more requests";
    expect(follow([0, "report", bad], [0, "word", "up 100%"]).at(-1)).toBe("down");
    // Kept: as after a boot.
    expect(follow([0, "readiness"], [0, "state"], [0, "word", "up 100%"])).toEqual([
      [200, { ready: false, reason }],
      expect.objectContaining({ judging: false }),
      "down",
    ]);
    version("2");
    expect(follow([0, "word", "up 100%"])).toEqual(["up 11%"]);
  });

  test("passes with errors that the old version has as well", () => {
    const same = told({ new: [100, 30, 20], old: [900, 270, 20] });
    expect(follow([0, "report", same], [60, "word", "up 100%"]).at(-1)).toBe("up 100%");
  });

  test("is taken out when nearly all of its answers take three times as long, and not for a few that do", () => {
    const reports = (slow: (index: number) => boolean) =>
      Array.from({ length: 20 }, (_, index): [number, string, unknown] => [
        2 * index,
        "report",
        told({ new: [5, 0, slow(index) ? 400 : 50], old: [45, 0, 60] }),
      ]);
    expect(follow(...reports((index) => index % 2 === 0), [40, "word", "up 100%"]).at(-1)).toBe("up 22%");
    expect(follow(...reports((index) => index % 8 > 0), [40, "readiness"]).at(-1)[1].reason).toMatch(
      /^took \d+ ms for an answer, the old version 60 ms: this version is stopped/,
    );
  });

  test("passes at once beside a node of its version that has passed, and soon where there is nothing to compare with", () => {
    expect(follow([0, "report", told({ released: true })], [0, "word", "up 100%"]).at(-1)).toBe("up 100%");
    rmSync(join(directory, "kept.json"));
    const alone = told({ others: 0, old: [0, 0, 0] });
    expect(follow([0, "report", alone], [9, "word", "up 100%"], [10, "report", alone], [10, "readiness"])).toEqual([
      null,
      "up 11%",
      null,
      [200, { ready: true, note: "there is no other version to compare with" }],
    ]);
  });

  test("passes after a minute when no web node tells anything, counted from when it could be ready", () => {
    expect(follow([100, "word", "up 100%"], [100, "readiness"], [159, "readiness"], [160, "readiness"])).toEqual([
      "up 11%",
      expect.arrayContaining([503]),
      expect.arrayContaining([503]),
      [200, { ready: true, note: "no web node tells how it answers" }],
    ]);
  });

  test("fails to be stopped less than once in a thousand times when it is as good as the old one", () => {
    const trials = 2000;
    for (const [fails, others] of [
      [0.01, 2],
      [0.01, 19],
      [0.1, 2],
    ])
      expect(
        drive("try", { trials, requests: 50, others, new: fails, old: fails, seconds: 60 }).stopped,
      ).toBeLessThanOrEqual(trials / 1000);
  });

  test("is stopped within a minute when it fails 5 % of 50 requests a second, and hurts less than 0.5 % of them", () => {
    const { stopped, median, hurt } = drive("try", {
      ...{ trials: 1000, requests: 50, others: 2, new: 0.05, old: 0.001, seconds: 60 },
    });
    expect(stopped).toBeGreaterThanOrEqual(985);
    expect(median).toBeLessThan(30);
    expect(hurt).toBeLessThan(0.005);
  });
});

describe("the setting canary", () => {
  const pathsOf = (canary?: CanarySettings | false) => appFiles({ ...exampleApp, canary }).map(({ path }) => path);

  test("brings what judges, with its defaults, and nothing when it is off", () => {
    expect(pathsOf(false)).toEqual(pathsOf());
    expect(pathsOf({}).filter((path) => !pathsOf().includes(path))).toEqual([
      "/etc/infrastructure/canary.json",
      "/usr/local/lib/infrastructure/canary.py",
    ]);
    expect(canaryFiles({ sharePercent: 5 }).at(-1)?.content).toBe('{"durationSeconds":60,"sharePercent":5}\n');
  });

  test.each([
    [true, "canary: must be an object such as {} or { durationSeconds: 60 }, or false, got true"],
    [{ durationSeconds: 5 }, "canary.durationSeconds: must be a whole number from 10 to 600, got 5"],
    [{ sharePercent: 51 }, "canary.sharePercent: must be a whole number from 1 to 50, got 51"],
    [{ percent: 5 }, "canary.percent: is no setting, must be one of sharePercent, durationSeconds"],
  ])("fails with %j", (canary, message) => {
    const problems = checkAppSettings({ ...exampleApp, canary: canary as never });
    expect(problems.map(({ path, message: text }) => `${path}: ${text}`)).toEqual([message]);
  });
});
