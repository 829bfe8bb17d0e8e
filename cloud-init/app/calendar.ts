import type { Problem } from "../problems";
import { shown } from "../value-checks";

/** Of the calendar expressions of systemd.time(7) those that have no seconds. */
const words = ["minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly"];
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Days of the months that have fewer than 31: a timer for the 31st of one would never elapse. */
const longest: Readonly<Record<string, number>> = Object.fromEntries(
  [2, 4, 6, 9, 11].flatMap((month) => [`${month}`, `0${month}`].map((name) => [name, month === 2 ? 29 : 30])),
);

/** Problems of a calendar expression that a timer of systemd would refuse, or that is finer than a minute. */
export function checkCalendar(path: string, at: string): Problem[] {
  if (typeof at === "string" && isCalendar(at)) return [];
  const examples = '"03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly"';
  return [{ path, message: `must be a time in UTC, without seconds, like ${examples}, got ${shown(at)}` }];
}

function isCalendar(at: string): boolean {
  if (words.includes(at)) return true;
  const parts = at.split(" ");
  const time = parts.pop()!;
  const date = parts.at(-1)?.includes("-") === true ? parts.pop()! : "*-*-*";
  const [weekdays = days[0]!, ...rest] = parts;
  return rest.length === 0 && isTime(time) && isDate(date) && weekdays.split(",").every(isWeekdays);
}

function isTime(time: string): boolean {
  const [hours, minutes, ...rest] = time.split(":");
  return minutes !== undefined && rest.length === 0 && isField(hours!, 0, 23) && isField(minutes, 0, 59);
}

/** The year is always every year. */
function isDate(date: string): boolean {
  const [day, month = "*", year = "*", ...rest] = date.split("-").reverse();
  return rest.length === 0 && year === "*" && isField(month, 1, 12) && isField(day!, 1, longest[month] ?? 31);
}

/** `*`, `7`, `1..5`, `0/15` (every fifteenth from 0 on), `1..9/2`, and several of them with commas between. */
function isField(text: string, minimum: number, maximum: number): boolean {
  return text.split(",").every((one) => {
    const found = /^(?:\*|(\d{1,2})(?:\.\.(\d{1,2}))?(?:\/(\d{1,2}))?)$/.exec(one);
    if (!found) return false;
    const [from, to, step] = found.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
    const fits = (value = minimum) => value >= minimum && value <= maximum;
    return (
      fits(from) &&
      fits(to) &&
      (to === undefined || from! < to) &&
      (step === undefined || (step > 0 && step <= maximum))
    );
  });
}

function isWeekdays(text: string): boolean {
  const [from, to, ...rest] = text.split("..");
  return rest.length === 0 && days.includes(from!) && (to === undefined || days.indexOf(to) > days.indexOf(from!));
}
