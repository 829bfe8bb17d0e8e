// ruff from npm, compiled to WebAssembly: the version is that of package-lock.json, on every platform.
const { PositionEncoding, Workspace } = require("@astral-sh/ruff-wasm-nodejs");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "../..");

const OPTIONS = {
  // Ubuntu 22.04's, the oldest of the images that are still kept up.
  "target-version": "py310",
  "line-length": 120,
  lint: {
    // pyflakes, errors of form, likely bugs, security, unneeded code, old forms, ruff's own.
    select: ["F", "E", "W", "B", "S", "C4", "PIE", "UP", "PLE", "PLW", "RUF"],
    ignore: [
      "E501", // long texts; prettier's width is for TypeScript
      "PLW0603", // a test's clock is a global of the module that it drives
      "RUF021", // `and` before `or`, as everywhere
      "S101", // asserts, in tests and in the model's follower
      "S103", // directories that Nginx reads are 755
      "S104", // services listen on every address; the cloud's firewall says who gets to them
      "S108", // /tmp is looked at, not written to
      "S202", // the archive is unpacked through a filter of its own and Python's `data_filter`
      "S310", // URLs come from settings that are checked, and from the vendor's documentation
      "S311", // jitter needs no secret randomness
      "S603", // no shell is between a program and what it runs
      "S607", // systemd gives services their PATH
    ],
  },
};

/** True if there is nothing to find; what there is, is printed. */
function checkPython(files) {
  const workspace = new Workspace(OPTIONS, PositionEncoding.Utf16);
  const found = files.flatMap((file) =>
    workspace.check(readFileSync(path.join(ROOT, file), "utf8")).map(({ code, message, start_location: start }) => {
      return `${file}:${start.row}:${start.column}: ${code ?? "syntax"} ${message}`;
    }),
  );
  for (const line of found) console.error(line);
  return found.length === 0;
}

module.exports = { checkPython };
