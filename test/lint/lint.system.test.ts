import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { missingToolsOfLint } from "./missing-tools";

const ROOT = path.resolve(__dirname, "../..");

/** Lints one file of this content, which has to lie in the repository: git says what the project's files are. */
function lint(name: string, content: string, environment: NodeJS.ProcessEnv = process.env) {
  const directory = mkdtempSync(path.join(__dirname, "tried-"));
  try {
    writeFileSync(path.join(directory, name), content);
    const args = ["test/lint/main.js", path.relative(ROOT, path.join(directory, name))];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: "utf8",
      env: environment,
    });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const failing = (text: string) => ({ status: 1, output: expect.stringContaining(text) as string });

const missing = missingToolsOfLint();
const describeWithTools = missing.length === 0 ? describe : describe.skip;

describeWithTools(`lint${missing.length === 0 ? "" : ` (skipped: needs ${missing.join(" and ")})`}`, () => {
  test("fails for a promise that nobody waits for", () =>
    expect(lint("late.ts", "export function run() {\n  Promise.resolve();\n}\n")).toEqual(
      failing("@typescript-eslint/no-floating-promises"),
    ));

  test("fails for a name that Python does not know, also where only the first line says that it is Python", () =>
    expect(lint("program", "#!/usr/bin/python3\nprint(unknown)\n")).toEqual(failing("F821")));

  test("fails for Python that cannot be read", () =>
    expect(lint("broken.py", "def (:\n")).toEqual(failing("broken.py:1")));

  test("fails for a word that the shell splits", () =>
    expect(lint("script", "#!/bin/sh\nrm $1\n")).toEqual(failing("SC2086")));

  test("fails and says what to install where shellcheck is missing", () => {
    const programs = mkdtempSync(path.join(tmpdir(), "programs-"));
    try {
      symlinkSync(spawnSync("which", ["git"], { encoding: "utf8" }).stdout.trim(), path.join(programs, "git"));
      expect(lint("script", "#!/bin/sh\n", { ...process.env, PATH: programs })).toEqual(
        failing("apt-get install shellcheck"),
      );
    } finally {
      rmSync(programs, { recursive: true });
    }
  });

  test("passes a file without faults", () => expect(lint("fine.py", "print(1)\n")).toEqual({ status: 0, output: "" }));
});
