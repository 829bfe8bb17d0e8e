import { type ApiAccess, type Entry, readApi } from "./read-api";

/** Reads CLOUDFLARE_API_TOKEN, and CLOUDFLARE_BASE_URL if it is set, as the Terraform provider does. */
export function tryAccessFrom(environment: NodeJS.ProcessEnv): ApiAccess | undefined {
  const token = environment["CLOUDFLARE_API_TOKEN"];
  const url = environment["CLOUDFLARE_BASE_URL"] || "https://api.cloudflare.com/client/v4";
  return token ? { token, url: url.replace(/\/$/, "") } : undefined;
}

/** Reads a Cloudflare account, and never writes (https://developers.cloudflare.com/api/). */
export class CloudflareAccount {
  public constructor(
    private readonly access: ApiAccess,
    /** Entries of a page, at most 50 everywhere. */
    private readonly pageSize = 50,
  ) {}

  /** Every entry of a list on all its pages: `list("/zones", { name: "example.com" })`. Throws NotReadable. */
  public async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let page = 1; ; page++) {
      const all = new URLSearchParams({ ...query, per_page: String(this.pageSize), page: String(page) });
      const body = await readApi(this.access, `${path}?${all.toString()}`, "CLOUDFLARE_API_TOKEN");
      entries.push(...((body["result"] as Entry[] | null | undefined) ?? []));
      // Lists that have no pages have no total_pages.
      const { total_pages: pages = 1 } = (body["result_info"] as { total_pages?: number } | null | undefined) ?? {};
      if (page >= pages) return entries;
    }
  }
}
