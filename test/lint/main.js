// Looks for faults in TypeScript (eslint.config.mjs), Python (ruff, test/lint/ruff.js) and shell (shellcheck).
//
// usage: npm run lint [-- [--cached] FILE...]     without files: everything that git knows
//   --cached   leaves out TypeScript that has not changed since it passed. What only the types of another file make wrong
//              is missed then, which is for the run without it.
//
// A tool that is missing is a failure that says what to install.
const { spawnSync } = require("node:child_process");
const { readFileSync, statSync } = require("node:fs");
const path = require("node:path");
const { checkPython } = require("./ruff");

const ROOT = path.join(__dirname, "../..");

function filesOf(names) {
  const known = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...names];
  const { status, stdout, stderr } = spawnSync("git", known, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`lint: git ls-files failed, and says which files are the project's: ${stderr}`);
  const isFile = (name) => statSync(path.join(ROOT, name), { throwIfNoEntry: false })?.isFile() === true;
  return stdout.split("\0").filter((name) => name !== "" && isFile(name));
}

/** What runs a file, by its first line; most programs on hosts have no extension. */
function interpreterOf(name) {
  return /^#!\s*\S*?(?:env +)?([a-z]+)[\d.]*(?:\s|$)/.exec(firstLineOf(name))?.[1];
}

function firstLineOf(name) {
  return readFileSync(path.join(ROOT, name), "utf8").split("\n", 1)[0];
}

const isPython = (name) => name.endsWith(".py") || interpreterOf(name) === "python";
const isShell = (name) => ["sh", "bash", "dash"].includes(interpreterOf(name));

/** True if the program finds nothing. */
function passes(program, args, hint) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (error !== undefined) console.error(`lint: ${program} cannot be run (${error.code}): ${hint}`);
  return status === 0;
}

const CACHE = ["--cache", "--cache-strategy=content", "--cache-location=node_modules/.cache/eslint/"];

function checkTypeScript(files, isCached) {
  const eslint = path.join(ROOT, "node_modules/eslint/bin/eslint.js");
  const args = [eslint, "--max-warnings=0", ...(isCached ? CACHE : []), ...files];
  return passes(process.execPath, args, "./run setup installs it");
}

function checkShell(files) {
  return passes("shellcheck", files, "install it (apt-get install shellcheck), or as root: ./run setup");
}

function main(args) {
  const isCached = args[0] === "--cached";
  const files = filesOf(isCached ? args.slice(1) : args);
  const checks = [
    [checkTypeScript, files.filter((name) => name.endsWith(".ts"))],
    [checkPython, files.filter(isPython)],
    [checkShell, files.filter(isShell)],
  ];
  // Without files there is nothing to say about a language; with them, every check is made even after one that fails.
  const failed = checks.filter(([check, its]) => its.length > 0 && !check(its, isCached));
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main(process.argv.slice(2));
