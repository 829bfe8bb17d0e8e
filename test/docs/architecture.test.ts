import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOMS } from "../architecture/rooms";

const PROJECT = path.resolve(__dirname, "../..");
const DOCUMENT = readFileSync(path.join(PROJECT, "docs/architecture.md"), "utf8");

test("the table of the rooms says what each may import, as the test of the imports does", () => {
  const rows = [...DOCUMENT.matchAll(/^\| `([\w-]+)\/` \| .* \| (.*) \|$/gm)].map(([, room, imports]) => [
    room,
    [...imports!.matchAll(/`([\w-]+)(?:\/client)?`/g)].map(([, other]) => other),
  ]);
  const { test: _, ...others } = ROOMS;
  expect(rows.filter(([room]) => room !== "test")).toHaveLength(Object.keys(others).length);
  expect(Object.fromEntries(rows.filter(([room]) => room !== "test"))).toEqual(others);
});

test("every file that it names is there", () => {
  const parts = readdirSync(path.join(PROJECT, "local-cloud"));
  const named = [...DOCUMENT.matchAll(/`([\w./-]+\/[\w.-]+)`/g)].map(([, name]) => name!);
  const files = named.filter((name) => /\.(ts|nft)$/.test(name) || Object.hasOwn(ROOMS, name.split("/")[0]!));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const beginning = file.split("/")[0]!;
    const from = parts.includes(beginning) ? "local-cloud" : "";
    expect([file, existsSync(path.join(PROJECT, from, file))]).toEqual([file, true]);
  }
});
