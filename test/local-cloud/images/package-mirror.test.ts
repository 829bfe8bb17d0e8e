import { createHash } from "node:crypto";
import { mirrorFile } from "../../../local-cloud/images/package-mirror";

test("a release names its package lists with their true size and hash", () => {
  const release = mirrorFile("/debian/dists/trixie/Release")!;
  const [, hash, size, list] = /^ ([0-9a-f]{64}) (\d+) (main\/binary-amd64\/Packages)$/m.exec(release)!;
  const content = mirrorFile(`/debian/dists/trixie/${list}`)!;
  expect(createHash("sha256").update(content).digest("hex")).toBe(hash);
  expect(content.length).toBe(Number(size));
});

test("security updates are a suite like any other", () => {
  expect(mirrorFile("/debian-security/dists/trixie-security/Release")).toContain("Codename: trixie-security");
});

test.each(["/debian/dists/trixie/InRelease", "/debian/pool/main/c/cowsay.deb", "/", "/debian/dists/../Release"])(
  "fails to find %s",
  (path) => expect(mirrorFile(path)).toBeUndefined(),
);
