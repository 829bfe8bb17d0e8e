import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { OuterCloud } from "../../local-cloud/outer-cloud/outer-cloud";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";

jest.setTimeout(10 * 60_000);

const PROJECT = path.join(__dirname, "../..");
const STATE = `/var/tmp/local-cloud-interrupted-${process.pid}`;
const PORT = 22_000 + (process.pid % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`a deployment that is killed${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const cloud = new LocalCloudProcess(STATE);

  afterAll(() => OuterCloud.destroy(STATE));

  /** Starts `up` and kills it, without a chance to clean up, as soon as it prints something that matches. */
  function killAt(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [require.resolve("tsx/cli"), "local-cloud/cli/main.ts", "up", "--port", String(PORT)],
        {
          cwd: PROJECT,
          env: { ...process.env, LOCAL_CLOUD_STATE: STATE },
          stdio: ["ignore", "ignore", "pipe"],
          detached: true,
        },
      );
      let printed = "";
      let killed = false;
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        printed += chunk;
        if (killed || !pattern.test(printed)) return;
        killed = true;
        process.kill(-child.pid!, "SIGKILL");
      });
      child.on("error", reject);
      child.on("close", () => (killed ? resolve() : reject(new Error(`it ended before ${pattern}:\n${printed}`))));
    });
  }

  test("while the cloud starts, leaves nothing that down does not take away", async () => {
    await killAt(/starting an empty cloud/);
    await cloud.succeed("down");
    expect(await OuterCloud.leftovers(STATE)).toEqual([]);
    expect(existsSync(STATE)).toBe(false);
  });

  test("in the middle of Terraform's work, is made good by the next one", async () => {
    await killAt(/created {3}digitalocean_droplet/);
    const again = await cloud.succeed("up", "--port", String(PORT), "--json");
    expect(again.stderr).toContain("the first deployment was interrupted: starting again from an empty cloud");
    const { droplets } = JSON.parse(again.stdout) as { droplets: { name: string }[] };
    expect(new Set(droplets.map(({ name }) => name)).size).toBe(droplets.length);
    await cloud.succeed("down");
    expect(await OuterCloud.leftovers(STATE)).toEqual([]);
  });
});
