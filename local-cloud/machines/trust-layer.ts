import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, tryRunProgram } from "../../programs/run-program";

/**
 * A layer on top of an image in which further CAs are trusted as if they were public ones. Made once for all
 * machines of a cloud; returns its directory. `authorities` are PEM certificates.
 */
export async function makeTrustLayer(
  directory: string,
  image: readonly string[],
  authorities: readonly string[],
): Promise<string> {
  const [upper, work, root] = ["upper", "work", "root"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  if (existsSync(upper)) await rm(directory, { recursive: true });
  for (const path of [upper, work, root]) await mkdir(path, { recursive: true, mode: 0o755 });
  const options = `lowerdir=${image.join(":")},upperdir=${upper},workdir=${work}`;
  await runProgram(["mount", "-t", "overlay", "overlay", "-o", options, root]);
  try {
    for (const [index, pem] of authorities.entries()) {
      await writeFile(join(root, `usr/local/share/ca-certificates/local-cloud-${index}.crt`), pem);
    }
    await runProgram(["chroot", root, "update-ca-certificates"]);
  } finally {
    await tryRunProgram(["umount", root]);
  }
  return upper;
}
