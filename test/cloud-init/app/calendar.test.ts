import { checkCalendar } from "../../../cloud-init/app/calendar";

const good = [
  ...["03:00", "3:5", "*:0/15", "*:05", "08,12..14:30", "1..9/2:00", "hourly", "minutely", "semiannually"],
  ...["Mon *-*-* 04:30", "Mon..Fri 08:30", "Mon,Wed..Fri 8:00", "*-*-1 04:00", "10-01 3:00", "*-2-29 03:00"],
];

const bad = [
  ...["", "03:00:00", "*:*:0/15", "24:00", "3:60", "*/2:00", "*:0/60", "*:0/0", "*:9..5", "3", "3:00 UTC", "03:00\n"],
  ...[
    "Sat..Mon 3:00",
    "mon 3:00",
    "Mon Tue 3:00",
    "2026-01-01 3:00",
    "*-13-1 3:00",
    "*-02-31 3:00",
    "*-*-* *-*-* 3:00",
  ],
  ...["@daily", "0 3 * * *", "Daily", "*-*-*"],
];

test.each(good)("%j is a time", (at) => expect(checkCalendar("at", at)).toEqual([]));

test.each(bad)("fails with %j", (at) => {
  const [problem, ...others] = checkCalendar("schedules.x.at", at);
  expect(others).toEqual([]);
  expect(problem!.path).toBe("schedules.x.at");
  expect(problem!.message).toMatch(/^must be a time in UTC, without seconds, like "03:00", .*, got "/);
  expect(problem!.message).toContain(JSON.stringify(at));
});

test("fails with what is no text", () => expect(checkCalendar("at", 3 as never)).toHaveLength(1));
