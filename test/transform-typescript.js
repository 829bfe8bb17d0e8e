// Jest's transformer: TypeScript to JavaScript by esbuild, which also makes the bundle that is synthesized. Types are
// checked by `npm run typecheck`.
const { createHash } = require("node:crypto");
const { version } = require("esbuild/package.json");

module.exports = {
  getCacheKey: (source, file) => createHash("sha256").update(`${version}\0${file}\0${source}`).digest("hex"),
  process(source, file) {
    const { transformSync } = require("esbuild");
    return transformSync(source, {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcefile: file,
      sourcemap: "inline",
      sourcesContent: false,
    });
  },
};
