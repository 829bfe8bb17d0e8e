import { type Check, type Checks, checkGroup } from "../check-group";
import type { HostFile } from "../host-file";
import type { Problem } from "../problems";
import type { Role } from "../role-user-data";
import { checkRecord, checkWhole, isGroup, shown } from "../value-checks";
import { checkCalendar } from "./calendar";
import { type Container, containerChecks } from "./container";
import { readPart } from "./parts";

/** Containers beside the one that serves, which has to be one. */
export interface WorkersAndSchedules {
  /**
   * Containers that run on every node of the tier, by names of letters, digits and inner hyphens:
   * `{ mailer: { command: ["bin/jobs"] } }`. A new node is ready only when all of them have stayed up for ten seconds; on a
   * node that serves, one that ends is started again, and visitors are served meanwhile. @default none
   */
  readonly workers?: Readonly<Record<string, Worker>>;
  /**
   * Commands that run at stated times, each time on one node of the tier, by names as of workers:
   * `{ cleanup: { at: "03:00", command: ["bin/cleanup"] } }`. When that node is lost, another one begins it again.
   * @default none
   */
  readonly schedules?: Readonly<Record<string, Schedule>>;
}

/**
 * A container beside the application's. What is left out is as the application has it, `command` and `entrypoint` only if
 * the image is the application's too; variables are added to the application's.
 */
export type Worker = Partial<Omit<Container, "port" | "files" | "extraHosts">>;

/** A command that runs at stated times, in a container of its own as a worker's. */
export interface Schedule extends Worker {
  /**
   * When, in UTC, as a calendar expression of systemd without seconds: `"03:00"`, `"Mon..Fri 08:30"`, `"*-*-1 04:00"`,
   * `"*:0/15"`, `"hourly"`.
   */
  readonly at: string;
  /** How long it may run until it is ended and counts as failed; 1 to 1440. @default 60 */
  readonly timeoutMinutes?: number;
}

export const scheduleDefaults = { timeoutMinutes: 60 };

const { port: _port, files: _files, extraHosts: _extraHosts, ...ownChecks } = containerChecks;

/** Checks of a worker. */
export const workerChecks: Checks<Worker> = ownChecks;

/** Checks of a schedule. */
export const scheduleChecks: Checks<Schedule> = {
  ...workerChecks,
  at: checkCalendar,
  timeoutMinutes: (path, minutes) => checkWhole(path, minutes, 1, 1440),
};

/** Checks of workers and schedules, which are like a container that is there. What is no kind at all is said elsewhere. */
export function workersAndSchedulesChecks<Group>(kindOf: (group: Group) => string): {
  readonly [Name in keyof WorkersAndSchedules]-?: Check<NonNullable<WorkersAndSchedules[Name]>, Group>;
} {
  const each =
    <One extends Worker>(checks: Checks<One>, required: ReadonlyArray<keyof One & string>) =>
    (path: string, ones: Readonly<Record<string, One>>, group: Group): Problem[] =>
      !["demo", "user-data"].includes(kindOf(group))
        ? checkNamed(path, ones, (at, one) => [
            ...checkGroup(at, one, checks, { required }),
            ...checkImageOrCommand(at, one),
          ])
        : [{ path, message: 'must be beside an application or a workload of the kind "container"' }];
  return { workers: each<Worker>(workerChecks, []), schedules: each<Schedule>(scheduleChecks, ["at"]) };
}

/** A name is a part of the names of a unit, a container and a directory. */
const namePattern = /^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$/;

function checkNamed<One>(
  path: string,
  ones: Readonly<Record<string, One>>,
  check: (path: string, one: One) => Problem[],
): Problem[] {
  return checkRecord(path, ones, (at, name, one) => {
    if (namePattern.test(name)) return check(at, one);
    const allowed = "letters, digits and inner hyphens, at most 40";
    return [{ path: at, message: `must be named by ${allowed}, got ${shown(name)}` }];
  });
}

function checkImageOrCommand(path: string, one: Worker): Problem[] {
  if (!isGroup(one)) return [];
  const own = one.image ?? one.command ?? one.entrypoint;
  return own === undefined
    ? [{ path: `${path}.command`, message: "is missing, without it the application would start a second time" }]
    : [];
}

/** What workers and schedules add to the role of a node. */
export interface WorkersAndSchedulesParts extends Pick<Role, "packages" | "files"> {
  /** Units that have to be active for a node to be ready; the boot does not wait for them. */
  readonly units: readonly string[];
  /** Their containers, by name. */
  readonly containers: Readonly<Record<string, Worker>>;
  /** Units that have to wait for the release command. */
  readonly afterRelease: readonly string[];
}

/** Of a tier by its tag, which tells its schedules from another tier's in the same database. */
export function workersAndSchedules(
  { workers = {}, schedules = {} }: WorkersAndSchedules,
  tag: string,
): WorkersAndSchedulesParts {
  const hasWorkers = Object.keys(workers).length > 0;
  const hasSchedules = Object.keys(schedules).length > 0;
  return {
    packages: hasSchedules ? ["python3-psycopg"] : [],
    units: [
      ...Object.keys(workers).map((name) => `worker@${name}.service`),
      ...(hasSchedules ? ["schedules.service"] : []),
      ...Object.keys(schedules).map((name) => `schedule@${name}.timer`),
    ],
    afterRelease: [
      ...(hasWorkers ? ["worker@.service"] : []),
      ...(hasSchedules ? ["schedules.service", "schedule@.service"] : []),
    ],
    containers: Object.fromEntries([
      ...Object.entries(workers).map(([name, worker]) => [`worker-${name}`, worker] as const),
      ...Object.entries(schedules).map(([name, schedule]) => [`schedule-${name}`, schedule] as const),
    ]),
    files: [
      ...(hasWorkers ? readPart("workers", {}) : []),
      ...(hasSchedules ? [...readPart("primary", {}), ...readPart("schedules", { TIER: tag })] : []),
      ...Object.entries(schedules).flatMap(([name, schedule]) => scheduleFiles(name, schedule)),
    ],
  };
}

function scheduleFiles(
  name: string,
  { at, timeoutMinutes = scheduleDefaults.timeoutMinutes }: Schedule,
): readonly HostFile[] {
  const calendar = `${at} UTC`;
  return [
    ...readPart("schedule-timer", { NAME: name, CALENDAR: calendar }).map((file) => ({
      ...file,
      path: file.path.replace("@.timer", `@${name}.timer`),
    })),
    {
      path: `/etc/infrastructure/containers/schedule-${name}/schedule.json`,
      content: `${JSON.stringify({ calendar, timeoutMinutes })}\n`,
    },
  ];
}
