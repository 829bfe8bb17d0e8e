import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recipeKey } from "../../../local-cloud/images/image-recipe";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "recipe-"));
  await mkdir(join(directory, "rootfs"));
  await writeFile(join(directory, "packages"), "nginx\n");
  await writeFile(join(directory, "rootfs", "motd"), "hello\n", { mode: 0o644 });
});
afterEach(() => rm(directory, { recursive: true }));

test("the same recipe has the same key", () => {
  expect(recipeKey([directory])).toMatch(/^[0-9a-f]{12}$/);
  expect(recipeKey([directory])).toBe(recipeKey([directory]));
});

test.each([
  ["another package", () => writeFile(join(directory, "packages"), "nginx\njq\n")],
  ["another content of a file", () => writeFile(join(directory, "rootfs", "motd"), "hallo\n")],
  ["another name of a file", () => rename(join(directory, "rootfs", "motd"), join(directory, "rootfs", "issue"))],
  ["a file that became a program", () => chmod(join(directory, "rootfs", "motd"), 0o755)],
])("%s gives another key", async (_, change) => {
  const before = recipeKey([directory]);
  await change();
  expect(recipeKey([directory])).not.toBe(before);
});

test("what lies below gives another key", () => {
  expect(recipeKey([directory], "a")).not.toBe(recipeKey([directory], "b"));
});
