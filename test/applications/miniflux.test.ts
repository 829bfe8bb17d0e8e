import { describeLife } from "./application-life";
import type { Browser } from "./browser";
import { miniflux } from "./images/miniflux";

jest.setTimeout(15 * 60_000);

const PASSWORD = `secret-${process.pid}`;
/** Feeds with long descriptions: 4 MB that are in the database afterwards. */
const FEEDS = Array.from({ length: 40 }, (_, index) => ({
  url: `https://feeds.example.net/${index}`,
  description: `${index}-`.repeat(40_000).slice(0, 100_000),
}));

/** Miniflux's token against forged requests; it is the session's. */
let csrf: string;
/** Of categories, by their titles. */
const ids = new Map<string, string>();

/** Sends the form of a category; rejects unless it was taken. */
async function send(visitor: Browser, action: string, title: string): Promise<void> {
  const body = new URLSearchParams({ csrf, title }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status } = await visitor.ask("POST", action, { headers, body });
  if (status !== 302) throw new Error(`${action}: must be answered with 302, got ${status}`);
}

describeLife({
  name: "miniflux",
  hostname: "feeds.example.com",
  image: "ghcr.io/miniflux/miniflux",
  recipe: miniflux,
  versions: ["2.3.5", "2.3.5-next"],
  secrets: { admin_password: PASSWORD },

  async logIn(visitor) {
    const wrong = await visitor.submit("/", "/login", { username: "admin", password: "wrong" });
    expect(wrong.body).toContain("alert-error");
    const page = await visitor.submit("/", "/login", { username: "admin", password: PASSWORD });
    expect(page.body).toContain("/logout");
    csrf = /name="csrf" value="([^"]+)"/.exec((await visitor.open("/category/create")).body)![1]!;
  },

  write: (visitor, title) => send(visitor, "/category/save", title),
  change: (visitor) => send(visitor, `/category/${ids.get("title-00001")}/update`, "title-00001"),
  row: "select from categories where title = 'title-00001'",

  async list(visitor) {
    const { body } = await visitor.open("/categories");
    const found = [...body.matchAll(/"\/category\/(\d+)\/entries">\s*(title-\d{5})\s/g)];
    for (const [, id, title] of found) ids.set(title!, id!);
    return found.map(([, , title]) => title!);
  },

  async look(visitor, title) {
    const page = await visitor.ask("GET", `/category/${ids.get(title)}/entries`);
    if (page.status !== 200 || !page.body.includes(title)) throw new Error(`${title}: not on the page, ${page.status}`);
    return page;
  },

  version: async (visitor) => /releases\/tag\/([^"]+)"/.exec((await visitor.open("/about")).body)![1]!,

  async upload(visitor) {
    const outlines = FEEDS.map(
      ({ url, description }) => `<outline title="${url}" text="${url}" xmlUrl="${url}" description="${description}"/>`,
    );
    const content = Buffer.from(`<opml version="2.0"><body>${outlines.join("\n")}</body></opml>`);
    const page = await visitor.submit("/import", "/upload", {
      file: { name: "feeds.opml", type: "text/xml", content },
    });
    expect(page.body).toContain(FEEDS[0]!.url);
  },

  async checkUpload(visitor) {
    const { body } = await visitor.open("/export");
    for (const { url, description } of FEEDS)
      expect(body.includes(`description="${description}"`) && body.includes(url)).toBe(true);
  },
});
