import { createHash, timingSafeEqual } from "node:crypto";

/** One API token and what it may do. `"full"` is every scope. */
export interface TokenGrant {
  readonly token: string;
  readonly scopes: "full" | readonly string[];
  /** Not held by the rate limit: whoever watches the cloud must not be refused. @default false */
  readonly unlimited?: boolean;
}

/** The tokens an API accepts. Only their digests are kept, and every comparison takes the same time. */
export class Tokens {
  private readonly entries: Array<{ readonly digest: Buffer; readonly grant: Omit<TokenGrant, "token"> } | undefined> =
    [];

  /** `check` returns what is wrong with the scopes of one grant; a grant with problems is refused as a whole. */
  constructor(
    grants: readonly TokenGrant[],
    private readonly check: (scopes: readonly string[]) => readonly string[],
  ) {
    for (const grant of grants) this.grant(grant);
  }

  /** Accepts one more token. Throws when its scopes could not exist at the vendor. */
  grant(grant: TokenGrant): void {
    const problems = grant.scopes === "full" ? [] : this.check(grant.scopes);
    if (grant.token === "") throw new Error("token: must not be empty");
    if (problems.length > 0) throw new Error(`token scopes: ${problems.join("; ")}`);
    const { token, ...rights } = grant;
    this.entries.push({ digest: digest(token), grant: rights });
  }

  /** Accepts a token no longer. */
  revoke(token: string): void {
    const revoked = digest(token);
    // The others keep their numbers.
    const index = this.entries.findIndex((entry) => entry !== undefined && timingSafeEqual(entry.digest, revoked));
    if (index !== -1) this.entries[index] = undefined;
  }

  /** What the token in an `Authorization: Bearer …` header may do; undefined for none or an unknown one. */
  tryFind(authorization: string | undefined): TokenRights | undefined {
    const presented = digest(/^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "");
    let found: TokenRights | undefined;
    // No early exit: the time taken must not tell how far the search went.
    for (const [index, entry] of this.entries.entries()) {
      if (entry !== undefined && timingSafeEqual(entry.digest, presented)) found = new TokenRights(index, entry.grant);
    }
    return found;
  }
}

/** The rights of one known token. */
export class TokenRights {
  constructor(
    /** Names the token in rate limits without holding it. */
    readonly tokenNumber: number,
    private readonly grant: Omit<TokenGrant, "token">,
  ) {}

  get unlimited(): boolean {
    return this.grant.unlimited ?? false;
  }

  may(scope: string): boolean {
    return this.grant.scopes === "full" || this.grant.scopes.includes(scope);
  }
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
