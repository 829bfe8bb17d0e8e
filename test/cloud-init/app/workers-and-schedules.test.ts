import { endpointUnits } from "../../../cloud-init/app/endpoints";
import { randomBytes } from "node:crypto";
import { App, TerraformStack, TerraformVariable } from "cdktf";
import { type AppSettings, appFiles, appUserData, checkAppSettings } from "../../../cloud-init/app/user-data";
import type { WorkersAndSchedules } from "../../../cloud-init/app/workers-and-schedules";
import { otherFiles, otherUserData } from "../../../cloud-init/other/user-data";
import { exampleApp, exampleCache, exampleWorker } from "../example-hosts";
import { parseUserData } from "../parse-user-data";

const late = new TerraformVariable(new TerraformStack(new App(), "stack"), "late", { sensitive: true }).stringValue;
const container = { kind: "container", image: "ghcr.io/example/shop:1.4.2" } as const;
const withContainer: AppSettings = { ...exampleApp, application: container };
const mailer = { command: ["bin/jobs"] };
const cleanup = { at: "03:00", command: ["bin/cleanup"] };
const both = { workers: { mailer }, schedules: { cleanup } };

const contentOf = (settings: AppSettings, path: string) =>
  appFiles(settings)
    .find((file) => file.path === path)
    ?.content.toString();
const jsonOf = (settings: AppSettings, path: string) => JSON.parse(contentOf(settings, path)!);
const problemsOf = (ones: WorkersAndSchedules, settings: AppSettings = withContainer) =>
  checkAppSettings({ ...settings, ...ones }).map(({ path, message }) => `${path}: ${message}`);

test("a worker is told what differs from the application, and no more", () => {
  const settings = { ...withContainer, workers: { mailer: { ...mailer, environment: { QUEUE: "mail" }, cpus: 0.5 } } };
  expect(jsonOf(settings, "/etc/infrastructure/containers/worker-mailer/container.json")).toEqual({
    ...{ command: ["bin/jobs"], environment: { QUEUE: "mail" }, cpus: 0.5 },
  });
  expect(contentOf(settings, "/etc/systemd/system/worker@.service")).toContain("run-container worker-%i\n");
  expect(contentOf(withContainer, "/etc/systemd/system/worker@.service")).toBeUndefined();
});

test("a worker changes nothing of the application, whose version stays released", () => {
  for (const path of ["/etc/infrastructure/container.json", "/etc/systemd/system/app.service"])
    expect(contentOf({ ...withContainer, ...both }, path)).toBe(contentOf(withContainer, path));
});

test("workers and timers make a node ready, and the boot does not wait for them", () => {
  const settings = { ...withContainer, ...both };
  const own = ["worker@mailer.service", "schedules.service", "schedule@cleanup.timer"];
  expect(jsonOf(settings, "/etc/infrastructure/status.json").units).toEqual([
    ...endpointUnits,
    "app.service",
    "watch-app.service",
    ...own,
  ]);
  const { runcmd, packages } = parseUserData(appUserData(settings));
  expect(packages).toEqual(expect.arrayContaining(["podman", "python3-psycopg"]));
  expect(runcmd.slice(-6).filter((_, i) => i % 2 === 1)).toEqual(
    own.map((unit) => ["systemctl", "restart", "--no-block", unit]),
  );
});

test("neither begins before the release command has succeeded", () => {
  const settings = { ...withContainer, ...both, application: { ...container, releaseCommand: ["bin/migrate"] } };
  for (const unit of ["app.service", "worker@.service", "schedule@.service", "schedules.service"])
    expect(contentOf(settings, `/etc/systemd/system/${unit}.d/release.conf`)).toContain("Requires=release.service\n");
});

test("a schedule is a timer in UTC, with its limit", () => {
  const settings = {
    ...withContainer,
    schedules: { cleanup, report: { ...cleanup, at: "hourly", timeoutMinutes: 5 } },
  };
  expect(contentOf(settings, "/etc/systemd/system/schedule@cleanup.timer")).toContain("\nOnCalendar=03:00 UTC\n");
  expect(jsonOf(settings, "/etc/infrastructure/containers/schedule-cleanup/schedule.json").timeoutMinutes).toBe(60);
  expect(jsonOf(settings, "/etc/infrastructure/containers/schedule-report/schedule.json")).toEqual({
    calendar: "hourly UTC",
    timeoutMinutes: 5,
  });
  expect(contentOf(settings, "/etc/infrastructure/schedules.env")).toContain("\nTIER=shop-app\n");
});

test("secrets of a worker are in files that only root reads, and its registry's login beside the application's", () => {
  const application = { ...container, registry: { user: "robot", password: late } };
  const other = { image: "ghcr.io/other/mailer:1", registry: { user: "other", password: late } };
  const files = appFiles({ ...exampleApp, application, workers: { mailer: { ...other, secrets: { KEY: late } } } });
  const key = files.find(({ path }) => path === "/etc/infrastructure/containers/worker-mailer/environment/KEY");
  expect(key).toMatchObject({ content: late, permissions: "0600" });
  const login = String(files.find(({ path }) => path === "/etc/infrastructure/registry.json")!.content);
  expect(Object.keys(JSON.parse(login.replace(/"auth": "[^"]*"/g, '"auth": ""')).auths)).toEqual([
    ...["ghcr.io", "ghcr.io/other/mailer"],
  ]);
});

test("a tier of one's own has them too, its schedules apart from the app nodes'", () => {
  const settings = { ...exampleWorker, workers: { mailer } };
  const { runcmd, packages } = parseUserData(otherUserData(settings));
  expect(runcmd).toContainEqual(["systemctl", "restart", "--no-block", "worker@mailer.service"]);
  expect(runcmd).toContainEqual(["systemctl", "restart", "--no-block", "schedule@cleanup.timer"]);
  expect(packages).toContain("python3-psycopg");
  const env = otherFiles(settings).find(({ path }) => path === "/etc/infrastructure/schedules.env");
  expect(env!.content).toContain("\nTIER=shop-workers\n");
  expect(() => otherUserData({ ...exampleCache, schedules: { cleanup } })).toThrow(
    'schedules: must be beside an application or a workload of the kind "container"',
  );
});

test.each<[string, unknown, RegExp]>([
  ["no object", [], /^workers: must be an object of names and values, got \[\]$/],
  [
    "a name that is none",
    { "a b": mailer },
    /^workers\["a b"\]: must be named by letters, digits and inner hyphens, at most/,
  ],
  ["a name with a slash", { "../x": mailer }, /^workers\["..\/x"\]: must be named/],
  ["nothing in it", { mailer: null }, /^workers.mailer: must be an object with settings, got null$/],
  ["no command", { mailer: {} }, /^workers.mailer.command: is missing, without it the application would start/],
  ["a text as its command", { mailer: { command: "bin/jobs" } }, /^workers.mailer.command: must be a list/],
  ["a port", { mailer: { ...mailer, port: 3000 } }, /^workers.mailer.port: is no setting, must be one of/],
  ["a secret that is none", { mailer: { ...mailer, secrets: { KEY: "hunter2" } } }, /secrets.KEY: must be a reference/],
  ["a tag that moves", { mailer: { image: "ghcr.io/x/y:latest" } }, /^workers.mailer.image: must have the tag of one/],
])("fails for a worker with %s", (_, workers, message) => {
  const [problem, ...others] = problemsOf({ workers: workers as never });
  expect(problem).toMatch(message);
  expect(problem).not.toContain("hunter2");
  expect(others).toEqual([]);
});

test("fails for a schedule without a time, with seconds, or with a limit that is none", () => {
  expect(problemsOf({ schedules: { a: { command: ["x"] } as never } })).toEqual(["schedules.a.at: is missing"]);
  const [at, minutes] = problemsOf({ schedules: { a: { ...cleanup, at: "03:00:00", timeoutMinutes: 0 } } });
  expect(at).toMatch(/^schedules\.a\.at: must be a time in UTC, without seconds/);
  expect(minutes).toBe("schedules.a.timeoutMinutes: must be a whole number from 1 to 1440, got 0");
});

test("fails beside the demo, which is no container", () => {
  expect(problemsOf({ workers: { mailer } }, exampleApp)).toEqual([
    'workers: must be beside an application or a workload of the kind "container"',
  ]);
});

test("leaves 8 KiB of an app node's user-data to whoever adds secrets or files, and 6 KiB beside a canary", () => {
  const application = { ...container, port: 3000, releaseCommand: ["bin/migrate"] };
  const urls = { writeUrl: late, adminUrl: late, clusterId: late, token: late };
  const settings = { ...exampleApp, ...both, application, database: { ...urls, authority: late } };
  // Base64 of what nothing makes smaller.
  const files = (kib: number) => [{ path: "/opt/random", content: randomBytes(kib * 1024).toString("base64") }];
  expect(() => appUserData({ ...settings, extraFiles: files(8) })).not.toThrow();
  expect(() => appUserData({ ...settings, canary: {}, extraFiles: files(6) })).not.toThrow();
});
