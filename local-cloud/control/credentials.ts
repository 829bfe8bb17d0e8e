import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** A DigitalOcean token and what it may do (https://docs.digitalocean.com/reference/api/scopes/). */
export interface ScopedToken {
  readonly token: string;
  readonly scopes: readonly string[] | "full";
}

/** The accounts of one local cloud. Made at its start, kept in a file for root only, gone with it. */
export interface Credentials {
  readonly digitalOcean: ScopedToken;
  readonly cloudflare: ScopedToken;
  /** Tokens that the stack takes as Terraform variables, by variable name (package.json, `localCloud.tokens`). */
  readonly variables: Readonly<Record<string, ScopedToken>>;
}

/** Reads the credentials of `file`, or makes them: one token per entry of `scopesByVariable`. */
export function provideCredentials(
  file: string,
  scopesByVariable: Readonly<Record<string, readonly string[]>>,
): Credentials {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Credentials;
  const credentials: Credentials = {
    digitalOcean: { token: digitalOceanToken(), scopes: "full" },
    cloudflare: { token: randomBytes(30).toString("base64url"), scopes: "full" },
    variables: Object.fromEntries(
      Object.entries(scopesByVariable).map(([name, scopes]) => [name, { token: digitalOceanToken(), scopes }]),
    ),
  };
  writeFileSync(file, JSON.stringify(credentials), { mode: 0o600 });
  return credentials;
}

/** Puts a new token in the place of a variable's old one, which it returns beside it. */
export function renewToken(file: string, variable: string): { readonly old: ScopedToken; readonly new: ScopedToken } {
  const credentials = JSON.parse(readFileSync(file, "utf8")) as Credentials;
  const old = credentials.variables[variable];
  if (old === undefined)
    throw new Error(`${variable}: no token of that name, there are ${Object.keys(credentials.variables).join(", ")}`);
  const renewed = { token: digitalOceanToken(), scopes: old.scopes };
  const variables = { ...credentials.variables, [variable]: renewed };
  writeFileSync(file, JSON.stringify({ ...credentials, variables }), { mode: 0o600 });
  return { old, new: renewed };
}

/** Same shape as the vendor's: `dop_v1_` and 64 hexadecimal digits. */
function digitalOceanToken(): string {
  return `dop_v1_${randomBytes(32).toString("hex")}`;
}
