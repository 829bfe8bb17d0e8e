import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Proof } from "../../../tools/proof/proof";
import { synthesizeSite } from "../../modules/synthesized";

describe("npm run prove", () => {
  let directory: string;

  beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "proof-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const run = (...args: string[]) =>
    spawnSync("node_modules/.bin/tsx", ["tools/proof/main.ts", ...args], {
      encoding: "utf8",
      cwd: path.resolve(__dirname, "../../.."),
    });
  const write = (text: string): string => {
    const file = path.join(directory, "cdk.tf.json");
    writeFileSync(file, text);
    return file;
  };

  test("of main.ts, as tables", () => {
    const { status, stdout, stderr } = run("--output", directory);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/\nCloudflare +www-example-com-load-balancer +tcp +443\n[^]*\nno problems\n$/);
  });

  test("of a file, for programs; problems are its exit status", () => {
    const site = { allowSinglePointsOfFailure: true, app: { nodes: 1 } };
    const file = write(synthesizeSite(site).text);
    const { status, stdout } = run("--configuration", file, "--json");
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as Proof).problems).toEqual([
      "www-example-com-app: droplets of 1, nothing is left when one is lost",
    ]);
    expect(run("--configuration", file, "--allow-single-points-of-failure").status).toBe(0);
  });

  test("says what is wrong with a file", () => {
    const { status, stderr } = run("--configuration", write("{"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/cdk\.tf\.json: must be Terraform JSON, /);
    expect(stderr).not.toContain("    at ");
  });
});
