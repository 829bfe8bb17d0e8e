import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";

const EMPTY = "";

/**
 * Answers as a mirror of Debian that has nothing: valid, empty package lists for any suite. `apt-get update` succeeds,
 * a package that is installed already "is already the newest version", and for any other apt says that it cannot
 * locate it. The images name their sources `[trusted=yes]`, because nothing here is signed.
 */
export function createPackageMirror(): Server {
  return createServer((request, response) => {
    const body = request.method === "GET" || request.method === "HEAD" ? mirrorFile(request.url ?? "") : undefined;
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader("content-type", "text/plain");
    response.end(body ?? "not found\n");
  });
}

/** The content of a path of the mirror; undefined where a mirror has no file. */
export function mirrorFile(path: string): string | undefined {
  const [, suite, file] = /^\/(?:debian|debian-security)\/dists\/([a-z0-9-]+)\/(.+)$/.exec(path) ?? [];
  if (suite === undefined || file === undefined) return undefined;
  if (file === "Release") return releaseText(suite);
  return /^main\/binary-[a-z0-9]+\/Packages$/.test(file) ? EMPTY : undefined;
}

function releaseText(suite: string): string {
  const hash = createHash("sha256").update(EMPTY).digest("hex");
  const lists = ["amd64", "arm64", "all"].map((architecture) => ` ${hash} 0 main/binary-${architecture}/Packages`);
  return [
    "Origin: Debian",
    "Label: Debian",
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    "Date: Sat, 01 Nov 2025 00:00:00 UTC",
    "Architectures: all amd64 arm64",
    "Components: main",
    "SHA256:",
    ...lists,
    "",
  ].join("\n");
}
