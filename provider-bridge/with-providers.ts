/**
 * Runs a command that runs terraform, with providers:
 *
 *     tsx provider-bridge/with-providers.ts COMMAND ARGUMENTS…
 *
 * Takes the real providers where they can be had, else the provider bridge (choose-providers.ts; PROVIDERS=bridge|real
 * decides), and prints one line on standard error that says which. Ends with the command's exit code. An interrupt
 * goes to the command, which ends in its own way; the providers stay until it has.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { chooseProviders } from "./choose-providers";
import { startProviderBridge } from "./provider-bridge";

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined) throw new Error("usage: with-providers.ts COMMAND ARGUMENTS…");
  const { kind, reason } = await chooseProviders(process.env);
  process.stderr.write(`providers: ${kind === "real" ? "the real ones" : "the local cloud's bridge"} (${reason})\n`);
  if (kind === "real") return run(command, args, process.env);
  const socketDirectory = await mkdtemp(join(tmpdir(), "provider-bridge-"));
  const bridge = await startProviderBridge({ socketDirectory });
  try {
    return await run(command, args, { ...process.env, TF_REATTACH_PROVIDERS: bridge.reattach });
  } finally {
    await bridge.close();
    await rm(socketDirectory, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // A terminal sends its interrupt to the command as well; the other two come to this process alone. All before the
  // command starts: it may run, and be interrupted, before `spawn` is back.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const child = spawn(command, args, { env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
