import { UserError } from "../../programs/user-error";
import { type ApiAccess, type Entry, readApi } from "./read-api";

/** Reads DIGITALOCEAN_TOKEN, and DIGITALOCEAN_API_URL if it is set, as the Terraform provider does. */
export function accessFrom(environment: NodeJS.ProcessEnv): ApiAccess {
  const token = environment["DIGITALOCEAN_TOKEN"];
  if (!token) throw new UserError("DIGITALOCEAN_TOKEN: is missing, a token that may read everything is enough");
  return { token, url: (environment["DIGITALOCEAN_API_URL"] || "https://api.digitalocean.com").replace(/\/$/, "") };
}

/** Reads a DigitalOcean account, and never writes (https://docs.digitalocean.com/reference/api/). */
export class DigitalOceanAccount {
  public constructor(
    private readonly access: ApiAccess,
    /** Entries of a page, at most 200. */
    private readonly pageSize = 200,
  ) {}

  /** One thing: `get("/v2/account", "account")`. Throws NotReadable. */
  public async get(path: string, key: string): Promise<Entry> {
    return (await readApi(this.access, path, "DIGITALOCEAN_TOKEN"))[key] as Entry;
  }

  /** Every entry of a list on all its pages: `list("/v2/droplets", "droplets")`. Throws NotReadable. */
  public async list(path: string, key: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let page = 1; ; page++) {
      const query = `?per_page=${this.pageSize}&page=${page}`;
      const body = await readApi(this.access, `${path}${query}`, "DIGITALOCEAN_TOKEN");
      // Some lists are null when they are empty.
      entries.push(...((body[key] as Entry[] | null | undefined) ?? []));
      const links = body["links"] as { pages?: { next?: string } } | undefined;
      if (links?.pages?.next === undefined) return entries;
    }
  }
}
