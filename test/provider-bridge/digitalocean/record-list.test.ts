import { sizes } from "../../../provider-bridge/digitalocean/sizes";
import { DigitalOceanClient } from "../../../provider-bridge/digitalocean/client";
import { ScriptedApi } from "../scripted-api";

const size = (slug: string, vcpus: number, price_monthly: number, regions: readonly string[]) => {
  return { slug, vcpus, price_monthly, regions, available: true, transfer: 1, price_hourly: 0, memory: 1024, disk: 25 };
};

const all = [size("s-1", 1, 6, ["fra1", "nyc3"]), size("c-2", 2, 42, ["fra1"]), size("s-2", 2, 18, ["nyc3"])];

describe("a list with filters", () => {
  const filter = (key: string, values: readonly string[], more = {}) => ({
    key,
    values,
    all: null,
    match_by: null,
    ...more,
  });

  async function slugs(...filters: object[]): Promise<string[]> {
    await using api = await ScriptedApi.start(() => ({ status: 200, body: { sizes: all, links: {} } }));
    const client = new DigitalOceanClient({
      endpoint: api.url,
      token: "t",
      retries: 0,
      shortestPauseSeconds: 0,
      longestPauseSeconds: 0,
    });
    const call = { client, deadline: undefined as never, warn: () => undefined };
    const sort = [{ key: "price_monthly", direction: "desc" }];
    const state = await sizes.read({ filter: filters as any, sort }, call);
    return (state.sizes as any[]).map(({ slug }) => slug);
  }

  test("without one has everything, sorted", async () => expect(await slugs()).toEqual(["c-2", "s-2", "s-1"]));

  test("takes what has one of the values", async () => {
    expect(await slugs(filter("slug", ["S-1", "s-2"]))).toEqual(["s-2", "s-1"]);
    expect(await slugs(filter("vcpus", ["2"]))).toEqual(["c-2", "s-2"]);
  });

  test("takes what has all values if asked", async () => {
    expect(await slugs(filter("regions", ["fra1", "nyc3"], { all: true }))).toEqual(["s-1"]);
  });

  test("takes what contains a text or matches a pattern", async () => {
    expect(await slugs(filter("slug", ["c-"], { match_by: "substring" }))).toEqual(["c-2"]);
    expect(await slugs(filter("slug", ["^s"], { match_by: "re" }))).toEqual(["s-2", "s-1"]);
  });

  test("takes what passes every filter", async () => {
    expect(await slugs(filter("vcpus", ["2"]), filter("regions", ["nyc3"]))).toEqual(["s-2"]);
  });
});
