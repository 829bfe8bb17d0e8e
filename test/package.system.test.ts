import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const PROJECT = path.join(__dirname, "..");
const PACKAGE = "cdktf-web-infrastructure";

/** A stack of somebody else's, in plain JavaScript, with the values of main.ts. */
const STACK = `
const { App } = require("cdktf");
const { Stack } = require("${PACKAGE}/stack");
const { WebInfrastructure } = require("${PACKAGE}/web-infrastructure");
const app = new App();
const stack = new Stack(app, "web");
new WebInfrastructure(stack, "site", {
  hostname: "www.example.com",
  zoneId: "023e105f4ecef8ad9ca31a8372d0c353",
  region: "fra1",
  webNodes: 2,
  appNodes: 2,
});
app.synth();
`;

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "package-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("the installed package synthesizes the same as the repository", () => {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", directory], { cwd: PROJECT });
  const modules = path.join(directory, "node_modules");
  mkdirSync(path.join(modules, PACKAGE), { recursive: true });
  const archive = path.join(directory, `${PACKAGE}-0.1.0.tgz`);
  execFileSync("tar", ["-xzf", archive, "--strip-components=1", "-C", path.join(modules, PACKAGE)]);
  for (const dependency of ["cdktf", "constructs", "fflate", "@cdktf"])
    symlinkSync(path.join(PROJECT, "node_modules", dependency), path.join(modules, dependency));
  writeFileSync(path.join(directory, "stack.js"), STACK);

  const preserve = ["--preserve-symlinks", "--preserve-symlinks-main"];
  expect(synthesize([...preserve, "stack.js"], directory)).toEqual(synthesize(["synth.js"], PROJECT));
});

function synthesize(args: readonly string[], cwd: string): unknown {
  const output = mkdtempSync(path.join(directory, "out-"));
  const environment = { ...process.env, CDKTF_OUTDIR: output, STATE_DIRECTORY: "/state" };
  execFileSync(process.execPath, args, { cwd, env: environment });
  return JSON.parse(readFileSync(path.join(output, "stacks/web/cdk.tf.json"), "utf8"));
}
