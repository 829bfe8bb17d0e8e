import { UserError } from "../user-error";

/** Where the API is and how to get in. */
export interface ApiAccess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

/** What a list of the API cannot be had for: the token may not read it, or this cloud has no such thing. */
export class NotReadable extends Error {}

const LIMIT_MS = 30_000;
const TRIES = 4;
/** Forbidden, not found, not implemented. */
const MISSING = [403, 404, 501];

/** Reads DIGITALOCEAN_TOKEN, and DIGITALOCEAN_API_URL if it is set, as the Terraform provider does. */
export function accessFrom(environment: NodeJS.ProcessEnv): ApiAccess {
  const token = environment["DIGITALOCEAN_TOKEN"];
  if (!token) throw new UserError("DIGITALOCEAN_TOKEN: is missing, a token that may read everything is enough");
  return { token, url: (environment["DIGITALOCEAN_API_URL"] || "https://api.digitalocean.com").replace(/\/$/, "") };
}

/** One entry of a list, as the API gives it. */
export type Entry = Readonly<Record<string, unknown>>;

/** Reads a DigitalOcean account, and never writes (https://docs.digitalocean.com/reference/api/). */
export class DigitalOceanAccount {
  public constructor(
    private readonly access: ApiAccess,
    /** Entries of a page, at most 200. */
    private readonly pageSize = 200,
  ) {}

  /** Every entry of a list on all its pages: `list("/v2/droplets", "droplets")`. Throws NotReadable. */
  public async list(path: string, key: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let page = 1; ; page++) {
      const body = await this.get(`${path}?per_page=${this.pageSize}&page=${page}`);
      // Some lists are null when they are empty.
      entries.push(...((body[key] as Entry[] | null | undefined) ?? []));
      const links = body["links"] as { pages?: { next?: string } } | undefined;
      if (links?.pages?.next === undefined) return entries;
    }
  }

  private async get(path: string, tries = TRIES): Promise<Entry> {
    const response = await fetch(`${this.access.url}${path}`, {
      headers: { authorization: `Bearer ${this.access.token}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (response.ok) return (await response.json()) as Entry;
    await response.body?.cancel();
    if (MISSING.includes(response.status)) throw new NotReadable(`GET ${path.split("?")[0]}: ${response.status}`);
    if ((response.status === 429 || response.status >= 500) && tries > 1) {
      const seconds = Math.min(60, Number(response.headers.get("retry-after")) || 2);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return this.get(path, tries - 1);
    }
    throw new UserError(`${this.access.url}${path}: status ${response.status}${hint(response.status)}`);
  }
}

function hint(status: number): string {
  return status === 401 ? ", DIGITALOCEAN_TOKEN is not a token of this account" : "";
}
