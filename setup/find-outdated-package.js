// usage: node find-outdated-package.js DIRECTORY
// Says which package of DIRECTORY/package-lock.json is not in node_modules as the lock file has it; ends with 1 if
// there is one. npm writes node_modules/.package-lock.json when it has installed everything, and removes it first: so
// it does not matter who installed, and an interrupted installation is seen.
const { existsSync, readFileSync } = require("node:fs");
const path = require("node:path");

/** The first difference between the two as a text; undefined if there is none. */
function findOutdatedPackage(directory, wanted, installed) {
  for (const [name, { version, integrity }] of Object.entries(installed)) {
    const want = wanted[name];
    if (want === undefined) return `${name} is not in the lock file`;
    if (want.version !== version || want.integrity !== integrity)
      return `${name} is ${version}, not ${want.version}${want.version === version ? " as locked" : ""}`;
    if (!existsSync(path.join(directory, name))) return `${name} is missing`;
  }
  const missing = Object.keys(wanted).find(
    (name) => name !== "" && installed[name] === undefined && isNeeded(wanted[name]),
  );
  return missing && `${missing} is missing`;

  /** Optional packages are needed when they are those of this platform, such as esbuild's program. */
  function isNeeded(want) {
    if (want.optional !== true) return true;
    // npm alone knows which C library this is.
    if (want.os === undefined || want.cpu === undefined || want.libc !== undefined) return false;
    return want.os.includes(process.platform) && want.cpu.includes(process.arch);
  }
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

const directory = process.argv[2];
const wanted = packagesIn(path.join(directory, "package-lock.json"));
const installed = packagesIn(path.join(directory, "node_modules/.package-lock.json"));
const found = installed ? findOutdatedPackage(directory, wanted, installed) : "node_modules is missing or incomplete";
if (found !== undefined) {
  console.log(found);
  process.exitCode = 1;
}
