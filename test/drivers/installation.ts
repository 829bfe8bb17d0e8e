import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { recipeKey } from "../../local-cloud/images/image-recipe";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runProgram, tryRunProgram } from "../../programs/run-program";
import { UserError } from "../../programs/user-error";
import type { Driver } from "./drivers";

const LIMIT = { timeoutSeconds: 900 };

/** Puts the driver's program with all that it needs into the cache, once; resolves to its directory. */
export async function provideDriver(driver: Driver): Promise<string> {
  await provideDebianPackages(driver.packages ?? []);
  const sources = ["protocol", "go.mod", "go.sum", driver.name].map((name) => path.join(__dirname, name));
  const parent = path.join(cacheDirectory(), "drivers");
  // What leads to this project's own packages is for no other copy of it.
  const owner = driver.installation === "project" ? [PROJECT_DIRECTORY] : [];
  const directory = path.join(parent, `${driver.name}-${recipeKey([...sources, __filename], ...owner)}`);
  if (existsSync(directory)) return directory;
  process.stderr.write(`drivers: installing ${driver.name} with ${driver.installation}\n`);
  await mkdir(parent, { recursive: true });
  const made = await mkdtemp(path.join(parent, "new-"));
  try {
    for (const part of ["protocol", driver.name])
      await cp(path.join(__dirname, part), made, { recursive: true, filter: (file) => !file.endsWith("__pycache__") });
    await install(driver, made);
    await rename(made, directory);
  } catch (error) {
    await rm(made, { recursive: true });
    throw error;
  }
  return directory;
}

async function install({ name, installation }: Driver, directory: string): Promise<void> {
  if (installation === "pip") {
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--target", directory];
    const requirements = ["--requirement", path.join(directory, "requirements.txt")];
    await runProgram(["python3", "-m", "pip", "install", ...options, ...requirements], LIMIT);
  } else if (installation === "npm") {
    // No script of a package runs: some would fetch programs from elsewhere.
    await runProgram(["npm", "ci", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund"], LIMIT);
    if (name === "prisma") await generatePrismaClient(directory);
  } else if (installation === "project") {
    await symlink(path.join(PROJECT_DIRECTORY, "node_modules"), path.join(directory, "node_modules"));
  } else if (installation === "go") {
    await runProgram(["go", "build", "-C", __dirname, "-o", path.join(directory, "program"), `./${name}`], LIMIT);
  }
}

/** Only migrations need Prisma's schema engine, which would be fetched from elsewhere. */
async function generatePrismaClient(directory: string): Promise<void> {
  const prisma = path.join(directory, "node_modules/.bin/prisma");
  const environment = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", CHECKPOINT_DISABLE: "1" };
  const schema = path.join(directory, "schema.prisma");
  await runProgram([prisma, "generate", "--schema", schema], { ...LIMIT, environment });
}

async function provideDebianPackages(packages: readonly string[]): Promise<void> {
  const states = await Promise.all(
    packages.map((name) => tryRunProgram(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name])),
  );
  const missing = packages.filter((_, at) => states[at]!.stdout !== "installed");
  if (missing.length === 0) return;
  process.stderr.write(`drivers: installing Debian packages: ${missing.join(" ")}\n`);
  const install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runProgram([...install, ...missing], { ...LIMIT, environment }).catch((error: unknown) => {
    throw new UserError(`drivers: ${String(error)}; try apt-get update, then run this again`);
  });
}
