/** Where Debian packages come from when the machine's own configuration names no mirror of Debian. */
export const PUBLIC_MIRROR = "http://deb.debian.org/debian";

/**
 * The mirror of Debian that this machine uses, from the texts of its apt sources (one-line or deb822 style).
 * An Ubuntu machine has none: then the public one.
 */
export function findDebianMirror(sources: readonly string[]): string {
  for (const line of sources.join("\n").split("\n")) {
    if (!/^\s*(deb\s|URIs:)/.test(line)) continue;
    const mirror = line.split(/\s+/).find((word) => /^https?:\/\/\S+\/debian\/?$/.test(word));
    if (mirror) return mirror.replace(/\/$/, "");
  }
  return PUBLIC_MIRROR;
}
