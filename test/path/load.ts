import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { recipeKey } from "../../local-cloud/images/image-recipe";
import { runProgram, tryRunProgram } from "../../programs/run-program";
import { UserError } from "../../programs/user-error";

const PROGRAMS = path.join(__dirname, "programs");
const BUILD = { timeoutSeconds: 1200 };
const CADDY = "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9";

/** What the load generator saw; times in milliseconds. */
export interface Load {
  /** With those before it measured: connections are made in them. */
  readonly sent: number;
  readonly requests: number;
  /** That were answered with 200. */
  readonly requestsPerSecond: number;
  readonly failed: number;
  readonly errors: readonly string[] | null;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Directory with the programs `app`, `load` and, where it could be fetched, `caddy`; they are built once. */
export async function providePrograms(): Promise<string> {
  const directory = path.join(cacheDirectory(), "path", recipeKey([PROGRAMS, __filename]));
  if (existsSync(directory)) return directory;
  if ((await tryRunProgram(["go", "version"]).catch(() => undefined)) === undefined)
    throw new UserError("go: is not there, and the load generator is built with it; ./run drivers installs it");
  process.stderr.write("path: building the load generator, the application and Caddy\n");
  await mkdir(path.dirname(directory), { recursive: true });
  const made = await mkdtemp(path.join(path.dirname(directory), "new-"));
  try {
    // Without libc: they run in another Debian than this machine's.
    const environment = { ...process.env, CGO_ENABLED: "0", GOBIN: made };
    await runProgram(["go", "-C", PROGRAMS, "install", "./app", "./load"], { ...BUILD, environment });
    await runProgram(["go", "install", CADDY], { ...BUILD, environment }).catch((error: unknown) =>
      process.stderr.write(`path: without Caddy, which could not be built: ${String(error)}\n`),
    );
    await rename(made, directory);
  } catch (error) {
    await rm(made, { recursive: true });
    throw error;
  }
  return directory;
}
