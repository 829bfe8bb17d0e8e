import { randomBytes } from "node:crypto";
import { describeLife } from "./application-life";
import type { Browser } from "./browser";
import { wagtail } from "./images/wagtail";

jest.setTimeout(15 * 60_000);

const PASSWORD = randomBytes(16).toString("hex");
/** 4 MB of text that does not get smaller on its way. */
const DOCUMENT = Buffer.from(randomBytes(2_000_000).toString("hex"));

/** Where the redirects lead that visitors write. */
const TARGET = "https://newsroom.example.com/search/";

/** Django's token against forged requests; it is the session's. */
let csrf: string;

/** Sends the form of a redirect; rejects unless it was taken. */
async function send(visitor: Browser, action: string, title: string): Promise<void> {
  const fields = { csrfmiddlewaretoken: csrf, old_path: `/${title}`, redirect_link: TARGET, is_permanent: "on" };
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: "https://newsroom.example.com" };
  const body = new URLSearchParams(fields).toString();
  const { status } = await visitor.ask("POST", action, { headers, body });
  if (status !== 302) throw new Error(`${action}: must be answered with 302, got ${status}`);
  // The page that says so: what nobody is shown is kept in the session, and grows.
  await visitor.open("/admin/redirects/");
}

describeLife({
  name: "wagtail",
  hostname: "newsroom.example.com",
  image: "registry.example.com/newsroom",
  recipe: wagtail,
  // Two releases of Wagtail, with migrations between them.
  versions: ["7.4.4", "8.0.1"],
  secrets: { admin_password: PASSWORD, secret_key: randomBytes(32).toString("hex") },

  async logIn(visitor) {
    const wrong = await visitor.submit("/admin/login/", "/admin/login/", { username: "admin", password: "wrong" });
    expect(wrong.body).toContain("password didn");
    const page = await visitor.submit("/admin/login/", "/admin/login/", { username: "admin", password: PASSWORD });
    expect(page.body).toContain("/admin/logout/");
    csrf = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec((await visitor.open("/admin/redirects/add/")).body)![1]!;
  },

  // A redirect of the site: one row, which every visitor sees.
  write: (visitor, title) => send(visitor, "/admin/redirects/add/", title),
  change: (visitor) => send(visitor, "/admin/redirects/1/", "title-00001"),
  row: "select from wagtailredirects_redirect where id = 1",

  async look(visitor, title) {
    const page = await visitor.ask("GET", `/${title}/`);
    if (page.status !== 301 || page.headers.location !== TARGET)
      throw new Error(`${title}: must lead to ${TARGET}, got ${page.status} ${page.headers.location}`);
    return page;
  },

  async list(visitor) {
    const { body } = await visitor.open("/admin/redirects/?export=csv");
    return [...body.matchAll(/^\/(title-\d{5}),/gm)].map(([, title]) => title!);
  },

  version: async (visitor) => /Wagtail\s+(\S+)\s+editor guide/.exec((await visitor.open("/admin/")).body)![1]!,

  async upload(visitor) {
    const file = { name: "numbers.csv", type: "text/csv", content: DOCUMENT };
    const page = await visitor.submit("/admin/documents/add/", "/admin/documents/add/", { title: "Numbers", file });
    expect(page.body).toContain("Numbers");
  },

  async checkUpload(visitor) {
    const { status, body } = await visitor.open("/documents/1/numbers.csv");
    expect(status).toBe(200);
    expect(body === DOCUMENT.toString()).toBe(true);
  },
});
