import { randomBytes } from "node:crypto";
import { describeLife } from "./application-life";
import type { Browser, Page } from "./browser";
import { unleash } from "./images/unleash";

jest.setTimeout(15 * 60_000);

const PASSWORD = randomBytes(16).toString("hex");
const FEATURES = "/api/admin/projects/default/features";
/** What visitors change again and again. */
const CHANGED = { name: "title-00001", description: "changed", type: "release" };

/** Sends JSON, as Unleash's own pages do. */
const send = (visitor: Browser, method: string, path: string, value: unknown) =>
  visitor.ask(method, path, { headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

/** What is looked at in its answers; each has some of it. */
interface Answer {
  readonly name: string;
  readonly username: string;
  readonly version: string;
  readonly features: ReadonlyArray<{ readonly name: string }>;
}

/** What a page says; rejects unless it was answered with this status. */
function read({ status, body }: Page, expected: number): Answer {
  if (status !== expected) throw new Error(`must be answered with ${expected}, got ${status}: ${body}`);
  return JSON.parse(body) as Answer;
}

// No upload: Unleash takes 500 kB at most.
describeLife({
  name: "unleash",
  hostname: "flags.example.com",
  image: "registry.example.com/flags",
  recipe: unleash,
  // Two releases of Unleash, with 13 migrations between them that the older one works with too.
  versions: ["7.6.5", "8.2.0"],
  secrets: { admin_password: PASSWORD, session_secret: randomBytes(32).toString("hex") },

  async logIn(visitor) {
    const tryPassword = (password: string) =>
      send(visitor, "POST", "/auth/simple/login", { username: "admin", password });
    read(await tryPassword("wrong"), 401);
    expect((await visitor.ask("GET", FEATURES)).status).toBe(401);
    expect(read(await tryPassword(PASSWORD), 200).username).toBe("admin");
  },

  write: async (visitor, title) => void read(await send(visitor, "POST", FEATURES, { name: title }), 201),
  change: async (visitor) => void read(await send(visitor, "PUT", `${FEATURES}/title-00001`, CHANGED), 200),
  row: "select from features where name = 'title-00001'",

  async look(visitor, title) {
    const page = await visitor.ask("GET", `${FEATURES}/${title}`);
    expect(read(page, 200).name).toBe(title);
    return page;
  },

  async list(visitor) {
    const { features } = read(await visitor.ask("GET", FEATURES), 200);
    return features.map(({ name }) => name);
  },

  version: async (visitor) => read(await visitor.ask("GET", "/api/admin/ui-config"), 200).version,
});
