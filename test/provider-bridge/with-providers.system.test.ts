import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const program = join(__dirname, "../../provider-bridge/with-providers.ts");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with providers; `onOutput` sees what it prints while it runs. */
function withProviders(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  onOutput: (text: string, pid: number) => void = () => undefined,
): Promise<Ended> {
  const env = { ...process.env, TF_REATTACH_PROVIDERS: "", ...environment };
  const child = spawn(process.execPath, ["--import", "tsx", program, ...command], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    onOutput(stdout, child.pid!);
  });
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("a command with providers", () => {
  test("finds the bridge's sockets in its environment, and they are gone afterwards", async () => {
    const print = ["sh", "-c", 'echo "$TF_REATTACH_PROVIDERS"; exit 3'];
    const { code, stdout, stderr } = await withProviders(print, { PROVIDERS: "bridge" });
    expect({ code, stderr }).toEqual({ code: 3, stderr: "providers: the local cloud's bridge (PROVIDERS=bridge)\n" });
    const reattach = JSON.parse(stdout) as Record<string, { Addr: { String: string }; ProtocolVersion: number }>;
    const names = ["digitalocean/digitalocean", "cloudflare/cloudflare", "hashicorp/tls"];
    const registries = ["registry.terraform.io", "registry.opentofu.org"];
    expect(Object.keys(reattach).sort()).toEqual(
      registries.flatMap((host) => names.map((name) => `${host}/${name}`)).sort(),
    );
    for (const { Addr } of Object.values(reattach)) expect(existsSync(dirname(Addr.String))).toBe(false);
  });

  test("is left alone with the real providers", async () => {
    const print = ["sh", "-c", 'echo "${TF_REATTACH_PROVIDERS:-none}"'];
    const { stdout, stderr } = await withProviders(print, { PROVIDERS: "real" });
    expect({ stdout, stderr }).toEqual({ stdout: "none\n", stderr: "providers: the real ones (PROVIDERS=real)\n" });
  });

  test("ends in its own way when it is asked to stop", async () => {
    const patient = ["sh", "-c", "trap 'exit 7' TERM; trap '' INT; echo ready; while :; do sleep 0.05; done"];
    let asked = false;
    const { code } = await withProviders(patient, { PROVIDERS: "bridge" }, (text, pid) => {
      if (!text.includes("ready") || asked) return;
      asked = true;
      process.kill(pid, "SIGINT");
      setTimeout(() => process.kill(pid, "SIGTERM"), 200);
    });
    expect(code).toBe(7);
  });

  test("fails with a message when there is none", async () => {
    const { code, stderr } = await withProviders([], { PROVIDERS: "bridge" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "usage: with-providers.ts COMMAND ARGUMENTS…\n" });
  });
});
