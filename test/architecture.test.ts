import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "..");
const DIRECTORIES = ["modules", "cloud-init", "local-cloud", "tools", "examples", "test"];

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
  return ["main.ts", ...nested];
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

test("the local cloud knows neither modules nor the text for hosts", () => {
  const forbidden = (to: string) => within("modules")(to) || within("cloud-init")(to) || to === "main";
  expect(breaking(({ from, to }) => within("local-cloud")(from) && forbidden(to))).toEqual([]);
});

test("modules and the text for hosts do not know the local cloud", () => {
  const ours = (from: string) => within("modules")(from) || within("cloud-init")(from) || from === "main.ts";
  expect(breaking(({ from, to }) => ours(from) && within("local-cloud")(to))).toEqual([]);
});

test("nothing but tests imports tests", () => {
  expect(breaking(({ from, to }) => !within("test")(from) && within("test")(to))).toEqual([]);
});

test("providers are imported resource by resource: their index loads every one of thousands", () => {
  expect(breaking(({ to }) => /^@cdktf\/provider-[a-z]+(\/lib)?$/.test(to))).toEqual([]);
});

test("the only index is what the package exports, which no part of it imports", () => {
  expect(sourceFiles().filter((file) => path.basename(file) === "index.ts")).toEqual(["modules/index.ts"]);
  expect(breaking(({ from, to }) => within("modules")(from) && to === "modules")).toEqual([]);
});

test("examples need nothing but the package, and are imported by tests only", () => {
  const needs = (to: string) => to === "modules" || /^(cdktf|constructs|@cdktf\/.*)$/.test(to);
  expect(breaking(({ from, to }) => within("examples")(from) && !needs(to))).toEqual([]);
  expect(breaking(({ from, to }) => !within("test")(from) && within("examples")(to))).toEqual([]);
});
