import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { renamed } from "../../modules/web-infrastructure-checks";

const PROJECT = path.resolve(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(PROJECT, file), "utf8");
const { scripts, version } = JSON.parse(read("package.json")) as { scripts: Record<string, string>; version: string };

test(".nvmrc names the Node.js that ./run fetches", () => {
  expect(read(".nvmrc").trim()).toBe(/^NODE_VERSION=(.*)$/m.exec(read("run"))![1]);
});

test("every file that CONTRIBUTING.md and SECURITY.md name is there", () => {
  const named = ["CONTRIBUTING.md", "SECURITY.md"].flatMap((document) =>
    [...read(document).matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`|\]\(([\w./-]+)\)/g)].map(
      ([, code, link]) => (code ?? link)!,
    ),
  );
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter((name) => !existsSync(path.join(PROJECT, name)));
  // A pattern of paths, not one of them.
  expect(missing.filter((name) => !/ROLE/.test(name))).toEqual([]);
});

test("the change log has the version of the package, with what it replaces", () => {
  const newest = read("CHANGELOG.md").split(/^## /m)[1]!;
  expect(newest).toMatch(new RegExp(`^${version.replaceAll(".", "\\.")}\n`));
  expect(newest).toContain("**Replaces**");
});

test("the change log names the new setting for each old one, in the order of the old ones", () => {
  const pairs = [...read("CHANGELOG.md").matchAll(/^\| (`.*`) \| (`.*`) \|$/gm)].flatMap(([, before, after]) => {
    const names = (cell: string) => cell.split(", ").map((name) => name.replaceAll("`", ""));
    return names(before!).map((name, index) => [name, names(after!)[index]]);
  });
  // Of the same name as the group that it went into, and so refused by its type.
  expect(Object.fromEntries(pairs)).toEqual({ ...renamed, loadBalancers: "loadBalancers.nodes" });
});

test("the workflow looks for faults, and runs unit tests and all tests", () => {
  const { jobs } = parse(read(".github/workflows/test.yml")) as {
    jobs: Record<string, { "runs-on": string; steps: { run?: string }[] }>;
  };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands).toEqual(
    expect.arrayContaining([
      "./run npm run lint",
      "./run npm run typecheck",
      "./run npm run test:unit",
      "sudo ./run test",
    ]),
  );
  expect(new Set(Object.values(jobs).map((job) => job["runs-on"]))).toEqual(new Set(["ubuntu-24.04"]));
  for (const command of commands) {
    const [, script] = /npm run (\S+)/.exec(command) ?? [];
    if (script !== undefined) expect(scripts).toHaveProperty([script]);
  }
});
