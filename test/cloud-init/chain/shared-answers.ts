import https from "node:https";
import fc from "fast-check";
import type { SiteChain } from "./site-chain";

/** Who may get an answer that was made for somebody else: nobody, whoever has no cookie, or everybody. */
type Sharing = "own" | "without cookie" | "everybody";

/** What an application says of an answer, and what follows for a cache that visitors share (docs/http.md). */
interface Kind {
  readonly says: readonly (readonly [name: string, value: string])[];
  readonly sharing: Sharing;
  /** Further headers of the request that have to be the same. */
  readonly varies?: readonly Varying[];
}
type Varying = "cookie" | "accept-language";

const control = (...values: string[]) => values.map((value) => ["Cache-Control", value] as const);
const later = new Date(Date.now() + 3_600_000).toUTCString();

/** By a name for people. */
export const kinds: Readonly<Record<string, Kind>> = {
  silent: { says: [], sharing: "own" },
  private: { says: control("private, max-age=60"), sharing: "own" },
  "no-store": { says: control("no-store"), sharing: "own" },
  "no-store and public": { says: control("public, max-age=60, no-store"), sharing: "own" },
  "no-cache": { says: control("public, no-cache"), sharing: "own" },
  "max-age=0": { says: control("public, max-age=0"), sharing: "own" },
  "s-maxage=0": { says: control("max-age=60, s-maxage=0"), sharing: "own" },
  "private in a line before": { says: control("private", "max-age=60"), sharing: "own" },
  "private in a line after": { says: control("max-age=60", "private"), sharing: "own" },
  "a past Expires": { says: [["Expires", "Thu, 01 Jan 2026 00:00:00 GMT"]], sharing: "own" },
  "a cookie for all": { says: [...control("public, max-age=60"), ["Set-Cookie", "session=1"]], sharing: "own" },
  "Vary: *": { says: [...control("public, max-age=60"), ["Vary", "*"]], sharing: "own" },
  "Vary: X-Visit": { says: [...control("public, max-age=60"), ["Vary", "X-Visit"]], sharing: "own" },
  "max-age": { says: control("max-age=60"), sharing: "without cookie" },
  "a short max-age": { says: control("max-age=1"), sharing: "without cookie" },
  "MAX-AGE": { says: control("MAX-AGE=60"), sharing: "without cookie" },
  Expires: { says: [["Expires", later]], sharing: "without cookie" },
  "X-Accel-Expires": { says: [["X-Accel-Expires", "60"]], sharing: "without cookie" },
  "max-age, Vary: Accept-Language": {
    says: [...control("max-age=60"), ["Vary", "Accept-Language"]],
    sharing: "without cookie",
    varies: ["accept-language"],
  },
  public: { says: control("public, max-age=60"), sharing: "everybody" },
  "a short public": { says: control("public, max-age=1"), sharing: "everybody" },
  PUBLIC: { says: control("max-age=60, PUBLIC"), sharing: "everybody" },
  "s-maxage": { says: control("s-maxage=60"), sharing: "everybody" },
  "public, Vary: Cookie": {
    says: [...control("public, max-age=60"), ["Vary", "Cookie"]],
    sharing: "everybody",
    varies: ["cookie"],
  },
  "public, Vary in two lines": {
    says: [...control("public, max-age=60"), ["Vary", "Accept-Language"], ["Vary", "Cookie"]],
    sharing: "everybody",
    varies: ["accept-language", "cookie"],
  },
};

/** A visitor's request for an answer of a kind. */
export interface Question {
  readonly kind: string;
  readonly method: "GET" | "HEAD" | "POST";
  readonly host: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Whose request an answer was made for, as the application saw it. */
type Maker = Readonly<Record<"x-visit" | "host" | "method" | "target" | "authorization" | Varying, string | null>>;

export interface Tally {
  /** Answers that another visitor's request had made, by kind. */
  readonly shared: Readonly<Record<string, number>>;
  /** What a visitor got and should not have, five at most. */
  readonly wrong: readonly string[];
}

const AT_A_TIME = 32;

/** Questions of visitors who do not know each other: few pages, so that many ask for the same. */
function questions(hosts: readonly string[]): fc.Arbitrary<Question> {
  const sometimes = (values: readonly (string | string[])[], share: number) =>
    fc.oneof(
      { weight: Math.round(100 / share) - 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...values) },
    );
  const headers = fc.record({
    cookie: sometimes(["who=a", "who=b", "who=c; theme=dark", "", ["who=a", "theme=dark"]], 50),
    authorization: sometimes(["Basic YTpi", "Bearer c"], 10),
    "accept-language": sometimes(["de", "fr, en;q=0.5"], 50),
    range: sometimes(["bytes=0-1"], 4),
    "if-none-match": sometimes(['"a"'], 4),
  });
  return fc
    .record({
      kind: fc.constantFrom(...Object.keys(kinds)),
      method: fc.constantFrom(...(Array(18).fill("GET") as "GET"[]), "HEAD" as const, "POST" as const),
      host: fc.constantFrom(...hosts),
      status: fc.constantFrom(200, 200, 200, 404, 301, 500),
      page: fc.constantFrom("a", "b", "b?x=1"),
      headers,
    })
    .map(({ status, page, headers: all, ...question }) => ({
      ...question,
      target: `/says/${Buffer.from(JSON.stringify(kinds[question.kind]!.says)).toString("base64url")}/${status}/${page}`,
      headers: Object.fromEntries(Object.entries(all).filter((entry) => entry[1] !== undefined)) as Question["headers"],
    }));
}

/** Asks, many at a time, and compares whom each answer was made for with who got it. The same seed asks the same. */
export async function askMany(
  chain: SiteChain,
  hosts: readonly string[],
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Tally> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const shared: Record<string, number> = {};
  const wrong: string[] = [];
  let next = 0;
  const all = fc.sample(questions(hosts), { seed, numRuns: count });
  const visitor = async () => {
    while (next < all.length && wrong.length < 5) {
      const visit = `${next}`;
      const question = all[next++]!;
      const maker = await ask(chain, agent, question, visit);
      const problem = problemOf(question, visit, maker);
      if (problem !== undefined) wrong.push(`${question.kind}: ${problem}, ${JSON.stringify({ question, maker })}`);
      else if (maker["x-visit"] !== visit) shared[question.kind] = (shared[question.kind] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, visitor));
  agent.destroy();
  return { shared, wrong };
}

/** What is wrong with an answer that was made for `maker`. */
function problemOf({ kind, method, host, target, headers }: Question, visit: string, maker: Maker): string | undefined {
  if (maker.host !== host || maker.target !== target) return "made for another page";
  if (maker["x-visit"] === visit) return undefined;
  const { sharing, varies = [] } = kinds[kind]!;
  if (sharing === "own") return "is its visitor's own";
  if (method !== "GET" || maker.method !== "GET") return "made for, or asked with, another method than GET";
  if (headers.authorization !== undefined || maker.authorization !== null)
    return "made for, or asked by, who has said who he is";
  // An empty one says nothing.
  const cookie = [headers.cookie ?? []].flat().join("; ");
  if ((cookie === "") !== ((maker.cookie ?? "") === ""))
    return "made for one with a cookie, asked by one without, or the other way round";
  if (cookie !== "" && sharing !== "everybody") return "made for one with a cookie";
  const asked = { cookie, "accept-language": headers["accept-language"] ?? "" };
  const other = varies.find((name) => asked[name] !== (maker[name] ?? ""));
  return other === undefined ? undefined : `made for another ${other}`;
}

function ask(chain: SiteChain, agent: https.Agent, question: Question, visit: string): Promise<Maker> {
  const { method, host, target, headers } = question;
  return new Promise((resolve, reject) => {
    const call = https.request({
      ...{ socketPath: chain.edgeSocket, servername: host, rejectUnauthorized: false, agent, timeout: 20_000 },
      ...{ method, path: target, headers: { ...headers, host, "x-visit": visit } },
    });
    call.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("error", reject);
      response.on("end", () => {
        const madeFor = response.headers["x-made-for"];
        if (typeof madeFor !== "string")
          return reject(new Error(`${target}: ${response.statusCode} ${body.slice(0, 300)}`));
        if (method !== "HEAD" && response.statusCode !== 206 && body !== madeFor)
          return reject(new Error(`${target}: ${madeFor} with the body ${body}`));
        resolve(JSON.parse(madeFor) as Maker);
      });
    });
    call.on("timeout", () => call.destroy(new Error(`${target}: no answer in 20 s`)));
    call.on("error", reject);
    call.end(method === "POST" ? "body" : undefined);
  });
}
