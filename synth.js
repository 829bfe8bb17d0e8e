// What `cdktf` runs to synthesize (cdktf.json, "app"): bundles main.ts with esbuild, unless the bundle of last time is
// still good, and runs the bundle in this process. Types are not checked here but by `npm run typecheck`.
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const directory = path.join(__dirname, "node_modules", ".cache", "synth");
const bundle = path.join(directory, "main.js");
/** Time and size of every file that the bundle was made of, by path. */
const inputs = path.join(directory, "inputs.json");

/** Time and size of a file; undefined if it is not there. */
function stamp(file) {
  const stats = fs.statSync(path.join(__dirname, file), { throwIfNoEntry: false });
  return stats && `${stats.mtimeMs} ${stats.size}`;
}

function isFresh() {
  try {
    return Object.entries(JSON.parse(fs.readFileSync(inputs, "utf8"))).every(([file, made]) => stamp(file) === made);
  } catch {
    return false;
  }
}

function build() {
  const { metafile, outputFiles } = require("esbuild").buildSync({
    entryPoints: ["main.ts"],
    absWorkingDir: __dirname,
    bundle: true,
    platform: "node",
    target: "node20",
    sourcemap: true,
    metafile: true,
    write: false,
    outfile: bundle,
  });
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  for (const { path: file, contents } of outputFiles) replace(file, contents);
  const files = [...Object.keys(metafile.inputs), "package-lock.json"];
  replace(inputs, JSON.stringify(Object.fromEntries(files.map((file) => [file, stamp(file)]))));
}

/** Writes a file so that another synth at the same time sees all of it or nothing. */
function replace(file, contents) {
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, contents);
  fs.renameSync(unfinished, file);
}

/** Runs the bundle as a module, with what V8 made of it last time: it takes longer to compile than to run. */
function run() {
  const text = fs.readFileSync(bundle, "utf8");
  const compiled = path.join(directory, crypto.createHash("sha1").update(text).digest("hex"));
  const cachedData = fs.existsSync(compiled) ? fs.readFileSync(compiled) : undefined;
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
  const script = new vm.Script(wrapped, { filename: bundle, cachedData });
  script.runInThisContext()({}, require, { exports: {} }, bundle, directory);
  if (cachedData === undefined || script.cachedDataRejected) replace(compiled, script.createCachedData());
}

// cdktf takes a stack trace of unlimited depth for every value that Terraform will know, and hardly ever shows one.
Error.captureStackTrace = () => undefined;

try {
  if (!isFresh()) build();
  run();
} catch (error) {
  // Wrong settings are for the person who wrote them, and esbuild has already said what it could not read.
  if (!error.errors) process.stderr.write(`${error.name === "SettingsError" ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
