import { spawnSync } from "node:child_process";
import path from "node:path";

const PROJECT = path.resolve(__dirname, "../..");

test("everything public has a documentation comment (typedoc.json says of what kinds), and every link leads somewhere", () => {
  const { status, stdout, stderr } = spawnSync("node_modules/.bin/typedoc", ["--emit", "none", "--logLevel", "Warn"], {
    cwd: PROJECT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: "" });
});
