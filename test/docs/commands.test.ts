import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const PROJECT = path.resolve(__dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "docs/changing-things.md",
  "docs/data.md",
  "docs/failover.md",
  "docs/region-lost.md",
  "docs/your-application.md",
] as const;

const read = (file: string) => readFileSync(path.join(PROJECT, file), "utf8");
const { scripts, localCloud } = JSON.parse(read("package.json")) as {
  scripts: Readonly<Record<string, string>>;
  localCloud: { commands: Readonly<Record<string, object>> };
};

interface Command {
  readonly script: string;
  /** What stands behind ` -- `. */
  readonly args: readonly string[];
}

/** A comment of a list of commands is set off by more than one space. */
const withoutComment = (text = "") => text.trim().split(/ {2,}/)[0]!.split(/\s+/);

/** Every `npm run SCRIPT -- ARGUMENTS` of a document; in text a command may go on in the next line. */
function npmCommandsOf(document: string): Command[] {
  return [...document.matchAll(/npm (?:--prefix \S+ )?run ([\w:-]+)((?:\s+--\s+)[^`\n]*)?/g)].map(
    ([, script, rest]) => ({ script: script!, args: withoutComment(rest).slice(1) }),
  );
}

/** Every `./run TASK ARGUMENTS` of a document; the script is then the task. */
function taskCommandsOf(document: string): Command[] {
  return [...document.matchAll(/\.\/run ([a-z][\w-]*)((?: (?! )[^`\n]*)?)/g)].map(([, script, rest]) => ({
    script: script!,
    args: withoutComment(rest).filter(Boolean),
  }));
}

/** The program that a script starts; that of the local cloud is behind a shell script that installs first. */
function programOf(script: string): string {
  const program = /tsx (\S+\.ts)/.exec(scripts[script] ?? "")?.[1];
  return program ?? "local-cloud/cli/main.ts";
}

describe.each(DOCUMENTS)("the commands of %s", (file) => {
  const commands = npmCommandsOf(read(file));
  const tasks = taskCommandsOf(read(file));

  test("are scripts of package.json", () => {
    expect(commands.length + tasks.length).toBeGreaterThan(2);
    for (const { script } of commands) expect(Object.keys(scripts)).toContain(script);
  });

  test("are tasks of ./run", () => {
    const known = /^ {4}(test \| .*)\) ;;$/m.exec(read("run"))![1]!.split(" | ");
    for (const { script } of tasks) expect(["local", "applications", "drivers", ...known]).toContain(script);
  });

  test("have options that the program knows", () => {
    for (const { script, args } of commands.filter(({ script }) => script !== "local")) {
      const options = args.flatMap((arg) => /^--(\w[\w-]*)/.exec(arg)?.[1] ?? []);
      const text = read(programOf(script));
      for (const option of options) expect(text).toMatch(new RegExp(`\\b"?${option}"?: { type: `));
    }
  });

  test("are commands that the local cloud knows", () => {
    const own = [...read(programOf("local")).matchAll(/case "([\w-]+)":/g)].map(([, name]) => name);
    const known = [...own, ...Object.keys(localCloud.commands)];
    for (const { args } of tasks.filter(({ script, args }) => script === "local" && args.length > 0))
      expect(known).toContain(args[0]);
  });

  test("name resources by addresses that there are", () => {
    const known = new Set(read("test/tools/addresses.txt").match(/_[0-9A-F]{8}\b/g));
    for (const [address] of read(file).matchAll(/[\w.-]+_[0-9A-F]{8}\b/g))
      expect([address, known.has(address.slice(-9))]).toEqual([address, true]);
  });

  test("have links that lead somewhere", () => {
    for (const [, link] of read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      expect([link, existsSync(path.join(PROJECT, path.dirname(file), link!))]).toEqual([link, true]);
  });
});
