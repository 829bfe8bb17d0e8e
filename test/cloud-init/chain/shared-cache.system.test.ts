import { join } from "node:path";
import { describeWithImage } from "../host-image";
import { askMany, kinds, type Tally } from "./shared-answers";
import { type Change, SiteChain, without } from "./site-chain";

const HOSTS = ["www.example.com", "shop.example.com"];
/** A million takes a quarter of an hour: SHARED_CACHE_REQUESTS=1000000, and another SHARED_CACHE_SEED for other ones. */
const REQUESTS = Number(process.env.SHARED_CACHE_REQUESTS ?? 20_000);
const SEED = Number(process.env.SHARED_CACHE_SEED ?? 1);
jest.setTimeout(120_000 + 5 * REQUESTS);

const NGINX = "web:/etc/nginx/nginx.conf";

async function askChain(count: number, change?: Change): Promise<Tally> {
  const options = { change, apps: 2, otherHostnames: HOSTS.slice(1) } as const;
  await using chain = await SiteChain.start(join(__dirname, "told-app.py"), options);
  return await askMany(chain, HOSTS, { seed: SEED, count });
}

describeWithImage("the cache of a web node", () => {
  test("gives nobody an answer that was made for somebody else, unless the application allows it", async () => {
    const { shared, wrong } = await askChain(REQUESTS);
    expect(wrong).toEqual([]);
    // What may be shared is, so that nothing above holds because nothing is kept.
    const may = Object.keys(kinds).filter((kind) => kinds[kind]!.sharing !== "own");
    expect(Object.keys(shared).sort()).toEqual(may.sort());
  });

  test.each<[string, RegExp, string, RegExp]>([
    ["who is kept out for his cookie", /^ +proxy_no_cache .*$/m, "", /made for one with a cookie/],
    ["that his answers are others' than those without", /\$asks_with_cookie(?=\$visitor)/, "", /asked by one without/],
    ["who has said who he is", /\$app_connection\$http_authorization/, "$app_connection", /who has said who he is/],
    ["the name that he asked for", /\$visitor_scheme\$host\$request_uri/, "$request_uri", /another page/],
  ])("without the rule about %s others' answers are seen, and found", async (_, rule, instead, problem) => {
    const { wrong } = await askChain(5_000, without(NGINX, rule, instead));
    expect(wrong.join("\n")).toMatch(problem);
  });
});
