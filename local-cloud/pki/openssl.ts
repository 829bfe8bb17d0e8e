import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs openssl's command line in a directory of its own (0700, removed afterwards) that holds `files` (0600), so that
 * no key is ever in an argument. Returns what it printed; rejects with what it complained about when it failed.
 */
export async function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), "openssl-"));
  try {
    await Promise.all(
      Object.entries(files).map(([name, content]) => writeFile(path.join(directory, name), content, { mode: 0o600 })),
    );
    return await run("openssl", args, { cwd: directory, timeout: 10_000 });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`openssl ${args[0]}: ${(stderr || message).trim()}`, { cause: error });
  } finally {
    await rm(directory, { recursive: true });
  }
}
