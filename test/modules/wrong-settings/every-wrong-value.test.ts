import { SettingsError } from "../../../modules";
import { type Built, goodSettings } from "./good-settings";

const all = goodSettings();

/** One value in settings, by the names on the way to it. */
type Steps = ReadonlyArray<string | number>;

/** What messages call it: `web.routes[0].path`. */
function nameOf(steps: Steps): string {
  return steps.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** Every value in settings, groups and lists as well; not what is in objects of a provider or of ours. */
function valuesIn(value: unknown, steps: Steps = []): { steps: Steps; value: unknown }[] {
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype;
  const inner = isPlain
    ? Object.entries(value as object).flatMap(([name, one]) =>
        valuesIn(one, [...steps, Array.isArray(value) ? Number(name) : name]),
      )
    : [];
  return value === undefined ? [] : [{ steps, value }, ...inner];
}

/** The same settings with one value in the place of another. */
function replaced(settings: unknown, [first, ...rest]: Steps, value: unknown): unknown {
  if (first === undefined) return value;
  const copy: any = Array.isArray(settings) ? [...settings] : { ...(settings as object) };
  copy[first] = replaced(copy[first], rest, value);
  return copy;
}

const secret = "hunter2";
const nothing = [null, NaN, () => secret, Symbol("x"), [[secret]], [null]];
const notGroups = [...nothing, true, 5, "", secret, [], [secret]];
const notLists = [...nothing.filter((value) => !Array.isArray(value)), true, 5, secret, {}, { a: secret }];
const wrongLists = [[null], [undefined], [NaN], [{}], [[]], [5], [true], [() => secret]];
const notTexts = [...nothing, true, 5, [], { a: secret }];
/** Of a text that goes into a name, a file of ours or Terraform's JSON. */
const wrongTexts = [
  ...[
    "",
    " ",
    "\0",
    "x\n",
    "x\r\ny",
    " x",
    "x ",
    'x"',
    "x'",
    "x`id`",
    "x${y}",
    "x%{y}",
    "x\\",
    "\u0445",
    "x\u200b",
    "\ud800",
  ],
  "x".repeat(10_000),
];
const wrongNumbers = [...nothing, true, "", "2", "two", {}, Infinity, -Infinity, -1, 0.05, 1e9, 2 ** 53];
const wrongBooleans = [...nothing, 0, 1, "", "yes", "no", "true", {}];

/** Texts that may be anything but half a character, which arrive as they are. */
const free =
  /(^|\.)(content|text|userData)$|(environment|databaseVariables)\.\w+$|(command|entrypoint|releaseCommand)\[\d+\]$/i;
/** Objects whose names are free. */
const records = /(environment|secrets|databaseVariables|extraHosts|workers|schedules)$/;
/** Ids of Terraform's own resources, which may be anything. */
const references = ["vpc", "firewall", "0"];

function wrongValues(title: string, { steps, value }: { steps: Steps; value: unknown }): unknown[] {
  const name = nameOf(steps);
  if (typeof value === "number") return wrongNumbers;
  if (typeof value === "boolean") return wrongBooleans;
  if (typeof value === "string" && free.test(name)) return [...notTexts, "\0", "x\0y", "\ud800", "x\udc00"];
  // Robots of registries are called "robot$shop".
  if (name.endsWith("registry.user")) return [...notTexts, "", " ", "\0", "x\n", "a:b", "x y", "é"];
  if (typeof value === "string") return [...notTexts, ...wrongTexts];
  if (Array.isArray(value)) return [...notLists, ...wrongLists];
  if (references.includes(String(steps.at(-1))) || (title === "AppTier" && name === "database")) return notGroups;
  return records.test(name) ? notGroups : [...notGroups, { ...(value as object), unknownName: secret }];
}

/** What a refusal says, one problem a line; a text about it where there is none, or where it is a crash. */
function refusal({ build }: Built, settings: unknown): string[] {
  try {
    build(settings as never);
    return ["accepted"];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((one) => `${one.path}: ${one.message}`);
    return [`crashed: ${(error as Error).stack}`];
  }
}

function describeValue(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 30));
  if (typeof value === "object" && value !== null) return JSON.stringify(value)?.slice(0, 40);
  return String(value);
}

test.each(Object.entries(all))("good settings of %s are accepted", (_, one) => {
  expect(refusal(one, one.settings)).toEqual(["accepted"]);
});

describe.each(Object.entries(all))("%s", (title, one) => {
  // A flow is no group of settings of its own.
  const values = valuesIn(one.settings).filter(({ steps }) => steps.length > 0 || title !== "Traffic.allow");

  test("refuses every wrong value at its path, with what is allowed, and shows no secret", () => {
    const bad = values.flatMap((place) =>
      wrongValues(title, place).flatMap((wrong) => {
        const name = nameOf(place.steps) || "props";
        const lines = refusal(one, replaced(one.settings, place.steps, wrong));
        const isNamed = lines.some(
          (line) =>
            (name === "props" ? line.startsWith("unknownName: ") : false) ||
            (line.startsWith(name) && /^[.[:]/.test(line.slice(name.length))),
        );
        const isShort = lines.every((line) => line.length < 700 && !line.includes("\n"));
        const isPlain = lines.every((line) => !line.includes(secret) && !/\[object|=>/.test(line));
        const isOnly = name === "props" || lines.every((line) => line.startsWith(name.split(/[.[]/)[0]!));
        return isNamed && isShort && isPlain && isOnly
          ? []
          : [`${name} ${describeValue(wrong)} ${lines.join(" | ").slice(0, 400)}`];
      }),
    );
    expect(bad).toEqual([]);
  });
});
