import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..");

test("the cdktf CLI synthesizes main.ts as the app itself does, without terraform on the PATH", () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "synth-"));
  const bin = path.join(directory, "bin");
  try {
    mkdirSync(bin);
    symlinkSync(process.execPath, path.join(bin, "node"));
    const env = { PATH: bin, HOME: directory, CHECKPOINT_DISABLE: "1", CI: "1" };
    for (const program of ["terraform", "tofu"])
      expect(spawnSync(program, ["version"], { env }).error).toMatchObject({ code: "ENOENT" });
    const cli = path.join(ROOT, "node_modules/cdktf-cli/bundle/bin/cdktf.js");
    const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      execFileSync(process.execPath, args, { cwd: ROOT, env: { ...env, ...more }, stdio: "pipe", timeout: 100_000 });
    run([cli, "synth", "--output", path.join(directory, "cli")]);
    run(["synth.js"], { CDKTF_OUTDIR: path.join(directory, "app") });

    const stack = (output: string) =>
      JSON.parse(readFileSync(path.join(directory, output, "stacks/web/cdk.tf.json"), "utf8"));
    expect(stack("cli")).toEqual(stack("app"));
    const droplets = Object.values<{ name: string }>(stack("cli").resource.digitalocean_droplet);
    expect(droplets.map(({ name }) => name).sort()).toEqual(
      ["app-1", "app-2", "load-balancer-1", "load-balancer-2", "web-1", "web-2"].map(
        (node) => `www-example-com-${node}`,
      ),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
