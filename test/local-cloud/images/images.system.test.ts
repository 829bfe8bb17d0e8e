import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryFindImages } from "../../../local-cloud/images/images";
import { tryRunProgram } from "../../../programs/run-program";
import { waitUntil } from "../../../programs/wait-until";

const missing =
  process.getuid?.() !== 0
    ? "needs root"
    : existsSync("/usr/sbin/debootstrap")
      ? undefined
      : "needs the program debootstrap";
const describeOrSkip = missing ? describe.skip : describe;

// That a build ends with an image is seen by every other system test: they boot it.
describeOrSkip(`provideImages${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let cache: string;
  const build = join(__dirname, "../../../local-cloud/images/build");

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "cache-"));
    await mkdir(join(cache, "images"));
  });
  afterEach(() => rm(cache, { recursive: true }));

  test("leaves no image, no mount and no process when it is interrupted, and removes what older versions have made", async () => {
    const older = join(cache, "images", "debian-13-x64-000000000000");
    await mkdir(older);
    const images = join(__dirname, "../../../local-cloud/images/images.ts");
    const script = `require(${JSON.stringify(images)}).provideImages({ cacheDirectory: ${JSON.stringify(cache)} })`;
    const child = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), "-e", script], {
      detached: true,
      stdio: "ignore",
    });
    await waitUntil("begin of the build", 100, () => existsSync(join(cache, "images", ".building")));
    // As the terminal does at Ctrl-C, but without a chance to clean up.
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");

    expect(tryFindImages(cache)).toBeUndefined();
    expect(existsSync(older)).toBe(false);
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(cache);
    const withCache = await waitUntil("end of the build's processes", 60, async () => {
      const { stdout } = await tryRunProgram(["ps", "-eo", "args"]);
      return !stdout.includes(cache) && "none";
    });
    expect(withCache).toBe("none");
  });

  test("waits for another builder, and takes what that one has built", async () => {
    const target = join(cache, "images", "debian-13-x64-111111111111");
    const lock = join(cache, "images", "lock");
    const other = spawn("flock", [lock, "sh", "-c", `echo begun; sleep 0.5; mkdir ${target}`]);
    await once(other.stdout, "data");
    const argv = ["flock", lock, build, "debian-13-x64", target];
    expect(await tryRunProgram(argv, { environment: { ...process.env, MIRROR: "http://127.0.0.1:1/" } })).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(await readdir(target)).toEqual([]);
  });

  test("fails with debootstrap's words when there is no mirror, and leaves no image", async () => {
    const target = join(cache, "images", "debian-13-x64-111111111111");
    await writeFile(join(cache, "images", "lock"), "");
    const contained = ["unshare", "--mount", "--propagation", "private"];
    const environment = { PATH: process.env.PATH, MIRROR: "http://127.0.0.1:1/debian" };
    const result = await tryRunProgram([...contained, build, "debian-13-x64", target], { environment });
    expect(result.status).not.toBe(0);
    expect(result.stdout + result.stderr).toContain("Failed getting release file");
    expect(existsSync(target)).toBe(false);
  });
});
