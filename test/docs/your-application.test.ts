import { readFileSync } from "node:fs";
import path from "node:path";
import { containerChecks, containerDefaults, platformVariables } from "../../cloud-init/app/container";
import { scheduleChecks, scheduleDefaults } from "../../cloud-init/app/workers-and-schedules";

const PROJECT = path.resolve(__dirname, "../..");
const text = readFileSync(path.join(PROJECT, "docs/your-application.md"), "utf8");
const rows = text.split("\n").flatMap((line) => (line.startsWith("| `") ? [line.split(" | ")] : []));
const programs = [
  "container/rootfs/usr/local/lib/infrastructure/explain-failure",
  "canary/rootfs/usr/local/lib/infrastructure/canary.py",
]
  .map((file) => readFileSync(path.join(PROJECT, "cloud-init/app", file), "utf8"))
  .join("");

test("the table has every setting of a container, with its default", () => {
  const defaults = new Map(rows.map(([name, , value]) => [name!.slice(3, -1), value?.replace(/ \|$/, "")]));
  for (const name of Object.keys(containerChecks)) expect([...defaults.keys()]).toContain(name);
  for (const [name, value] of Object.entries(containerDefaults)) expect(defaults.get(name)).toBe(String(value));
});

test("the table has every setting that a schedule has beside a container's", () => {
  const own = Object.keys(scheduleChecks).filter((name) => !Object.hasOwn(containerChecks, name));
  const described = rows.map(([name]) => name!.slice(3, -1));
  expect(own.filter((name) => !described.includes(name))).toEqual([]);
  const limit = rows.find(([name]) => name === "| `timeoutMinutes`")!;
  expect(limit[2]).toBe(`${scheduleDefaults.timeoutMinutes} |`);
});

test("the table has every variable that a container is told", () => {
  const named = rows.flatMap(([names]) => [...names!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
  expect([...platformVariables].filter((name) => !named.includes(name))).toEqual([]);
});

test("what a node says is what the table says, word for word", () => {
  const section = text.split("## When it does not become ready")[1]!;
  const said = [...section.matchAll(/^\| `([^`]*)`/gm)].map(([, words]) => words!);
  expect(said.length).toBeGreaterThan(8);
  // The programs mark settings, break their lines anywhere, and fill in what they found.
  const known = programs.replace(/"\s*\n\s*f?"/g, "").replaceAll("`", "");
  const pieces = said.flatMap((words) =>
    words.split(/127\.0\.0\.1|…|bin\/serve|\b[34]000\b|404|\b\d+ of \d+\b|: this/),
  );
  for (const piece of pieces.map((one) => one.trim()).filter((one) => /\w/.test(one))) expect(known).toContain(piece);
});
