import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { findCircles } from "./import-circles";
import { LOCAL_CLOUD, ROOMS } from "./rooms";

const ROOT = path.resolve(__dirname, "../..");

const DIRECTORIES = Object.keys(ROOMS);

const ROOT_FILES = readdirSync(ROOT).filter((file) => file.endsWith(".ts"));

interface Import {
  /** The importing file, from the root of the repository. */
  readonly from: string;
  /** A file from the root of the repository without its ending, or a package with its path. */
  readonly to: string;
}

function sourceFiles(): string[] {
  const nested = DIRECTORIES.flatMap((directory) =>
    readdirSync(path.join(ROOT, directory), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(directory, file)),
  );
  return [...ROOT_FILES, ...nested];
}

function importsOf(file: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(path.join(ROOT, file), "utf8"), true, true);
  return importedFiles.map(({ fileName }) => ({
    from: file,
    to: fileName.startsWith(".") ? path.join(path.dirname(file), fileName) : fileName,
  }));
}

const imports = sourceFiles().flatMap(importsOf);

/** Imports that break a rule, as lines that say which. */
const breaking = (rule: (one: Import) => boolean) => imports.filter(rule).map(({ from, to }) => `${from} -> ${to}`);
const within = (directory: string) => (file: string) => file === directory || file.startsWith(`${directory}/`);

const TIERS = ["load-balancer-pair", "web-tier", "app-tier", "postgres-cluster", "tier"].map(
  (name) => `modules/${name}`,
);

test("the imports of every part are seen", () => {
  for (const directory of DIRECTORIES) expect(imports.some(({ from }) => within(directory)(from))).toBe(true);
  expect(imports).toContainEqual({ from: "main.ts", to: "modules" });
});

test("tiers never import each other", () => {
  const tierOf = (file: string) => TIERS.find((tier) => file === tier || file === `${tier}.ts`);
  expect(
    breaking(({ from, to }) => tierOf(from) !== undefined && ![undefined, tierOf(from)].includes(tierOf(to))),
  ).toEqual([]);
});

test("the text for hosts knows no resources", () => {
  const forbidden = (to: string) => within("modules")(to) || to === "constructs" || to.startsWith("@cdktf/");
  expect(breaking(({ from, to }) => within("cloud-init")(from) && forbidden(to))).toEqual([]);
});

test("the text for hosts meets cdktf in one file", () => {
  const meeting = imports.filter(({ from, to }) => within("cloud-init")(from) && /^cdktf(\/|$)/.test(to));
  expect(new Set(meeting.map(({ from }) => from))).toEqual(new Set(["cloud-init/late-values.ts"]));
});

test("every room imports only the rooms that it may", () => {
  const roomOf = (file: string) => DIRECTORIES.find((directory) => within(directory)(file));
  const allowed = (from: string, to: string) => {
    const [own, other] = [roomOf(from), roomOf(to)];
    if (own === undefined) return other === undefined || other === "modules";
    // What is deployed stands above the rooms.
    if (ROOT_FILES.includes(`${to}.ts`)) return own === "test";
    return other === undefined || other === own || ROOMS[own]!.includes(other);
  };
  expect(breaking(({ from, to }) => !allowed(from, to))).toEqual([]);
});

test("the rehearsal reaches a running cloud through its client only", () => {
  const below = (to: string) => within("local-cloud")(to) && !within("local-cloud/client")(to);
  expect(breaking(({ from, to }) => within("rehearsal")(from) && below(to))).toEqual([]);
});

test("the rooms beside the package know no construct", () => {
  const rooms = ["programs", "local-cloud", "provider-bridge", "rehearsal"];
  const construct = (to: string) => /^(cdktf|constructs|@cdktf)(\/|$)/.test(to);
  expect(breaking(({ from, to }) => rooms.some((room) => within(room)(from)) && construct(to))).toEqual([]);
});

test("within the local cloud, imports are those of the table, all of them and no others", () => {
  const partOf = (file: string) => /^local-cloud\/([^/]+)\//.exec(file)?.[1];
  const seen = Object.fromEntries(Object.keys(LOCAL_CLOUD).map((part) => [part, new Set<string>()]));
  for (const { from, to } of imports) {
    const [own, other] = [partOf(from), partOf(to)];
    if (own !== undefined && other !== undefined && own !== other) (seen[own] ??= new Set()).add(other);
  }
  expect(Object.fromEntries(Object.entries(seen).map(([part, others]) => [part, [...others].sort()]))).toEqual(
    Object.fromEntries(Object.entries(LOCAL_CLOUD).map(([part, others]) => [part, [...others].sort()])),
  );
});

test("no file of the local cloud lies beside its parts", () => {
  expect(sourceFiles().filter((file) => path.dirname(file) === "local-cloud")).toEqual([]);
});

const files = new Set(sourceFiles());
const edges = imports.map(({ from, to }) => ({ from, to: `${to}.ts` })).filter(({ to }) => files.has(to));

test("no file imports itself by way of others", () => expect(findCircles(edges)).toEqual([]));

test("no folder imports itself by way of others", () => {
  expect(findCircles(edges.map(({ from, to }) => ({ from: path.dirname(from), to: path.dirname(to) })))).toEqual([]);
});

test("providers are imported resource by resource: their index loads every one of thousands", () => {
  expect(breaking(({ to }) => /^@cdktf\/provider-[a-z]+(\/lib)?$/.test(to))).toEqual([]);
});

test("the only index is what the package exports, which no part of it imports", () => {
  expect(sourceFiles().filter((file) => path.basename(file) === "index.ts")).toEqual(["modules/index.ts"]);
  expect(breaking(({ from, to }) => within("modules")(from) && to === "modules")).toEqual([]);
});

test("examples need nothing but the package, and are imported by tests only", () => {
  const needs = (to: string) =>
    to === "modules" || within("examples")(to) || /^(cdktf|constructs|@cdktf\/.*)$/.test(to);
  expect(breaking(({ from, to }) => within("examples")(from) && !needs(to))).toEqual([]);
  const users = (from: string) => within("test")(from) || within("examples")(from);
  expect(breaking(({ from, to }) => !users(from) && within("examples")(to))).toEqual([]);
});
