import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..");

test("the cdktf CLI synthesizes main.ts, without terraform on the PATH", () => {
  const output = mkdtempSync(path.join(os.tmpdir(), "synth-"));
  const env = { PATH: path.dirname(process.execPath), HOME: output, CHECKPOINT_DISABLE: "1", CI: "1" };
  try {
    const cli = path.join(ROOT, "node_modules/cdktf-cli/bundle/bin/cdktf.js");
    execFileSync(process.execPath, [cli, "synth", "--output", output], {
      cwd: ROOT,
      env,
      stdio: "pipe",
      timeout: 100_000,
    });
    const stack = JSON.parse(readFileSync(path.join(output, "stacks/web/cdk.tf.json"), "utf8"));
    expect(Object.keys(stack.resource.digitalocean_droplet)).toHaveLength(6);
  } finally {
    rmSync(output, { recursive: true });
  }
});

test("main.ts is short enough for a newcomer", () => {
  expect(readFileSync(path.join(ROOT, "main.ts"), "utf8").split("\n").length).toBeLessThanOrEqual(41);
});
