import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Who may pull from a registry. */
export interface RegistryLogin {
  readonly user: string;
  readonly password: string;
}

/**
 * The registries that ask for a login, each by its host name, in a file beside the images: whoever puts images in sets
 * it, and the daemon reads it for each request. Passwords are kept as digests.
 */
export class RegistryLogins {
  private readonly file: string;

  constructor(directory: string) {
    this.file = path.join(directory, "logins.json");
  }

  /** From now on the registry refuses everybody else. */
  set(registry: string, login: RegistryLogin): void {
    const logins = { ...this.read(), [registry]: digestOf(render(login)) };
    writeFileSync(`${this.file}.new`, JSON.stringify(logins), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  /** Whether somebody with this header may pull (RFC 7617). */
  admits(registry: string, authorization: string | undefined): boolean {
    const wanted = this.read()[registry];
    if (wanted === undefined) return true;
    const given = Buffer.from(/^Basic (.*)$/i.exec(authorization ?? "")?.[1] ?? "", "base64").toString();
    return timingSafeEqual(Buffer.from(digestOf(given)), Buffer.from(wanted));
  }

  private read(): Readonly<Record<string, string>> {
    return existsSync(this.file) ? (JSON.parse(readFileSync(this.file, "utf8")) as Record<string, string>) : {};
  }
}

function render({ user, password }: RegistryLogin): string {
  return `${user}:${password}`;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
