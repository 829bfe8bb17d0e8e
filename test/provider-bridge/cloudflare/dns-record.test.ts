import { dnsRecord } from "../../../provider-bridge/cloudflare/dns-record";
import { UNKNOWN, type Values } from "../../../provider-bridge/plugin/values";

const prior: Values = {
  id: "1",
  zone_id: "z",
  name: "www.example.com",
  type: "CNAME",
  content: "origin.example.net",
  ttl: 1,
  proxied: true,
  comment: null,
  priority: null,
  data: null,
  tags: [],
  settings: { ipv4_only: null, ipv6_only: null, flatten_cname: null },
  comment_modified_on: null,
  created_on: "c",
  modified_on: "m",
  tags_modified_on: null,
  proxiable: true,
  meta: "{}",
};

/** What the general rules plan once something differs. */
const unknowns = Object.fromEntries(
  ["comment_modified_on", "created_on", "modified_on", "tags_modified_on", "proxiable", "meta", "tags", "settings"].map(
    (name) => [name, UNKNOWN],
  ),
);

const adjusted = (changes: Values) =>
  dnsRecord.adjustPlan?.({ prior, config: {}, planned: { ...prior, ...unknowns, ...changes } });

describe("a planned record", () => {
  test.each([
    ["its short name", { name: "www" }],
    ["a dot at the end of its name", { name: "www.example.com." }],
    ["another case of its target", { content: "ORIGIN.example.net" }],
    ["empty tags", { tags: [] }],
    ["empty settings", { settings: { ipv4_only: UNKNOWN, ipv6_only: UNKNOWN, flatten_cname: UNKNOWN } }],
  ])("is unchanged by %s", (_, changes) => expect(adjusted(changes as Values)).toBe(prior));

  test("with other content changes just that and its date", () => {
    expect(adjusted({ content: "other.example.net" })).toEqual({
      ...prior,
      content: "other.example.net",
      modified_on: UNKNOWN,
    });
  });

  test("with another name changes just that and its date", () => {
    expect(adjusted({ name: "app.example.com" })).toEqual({ ...prior, name: "app.example.com", modified_on: UNKNOWN });
  });

  test("in another zone is another record", () => {
    expect(adjusted({ zone_id: "other" })).toMatchObject({ zone_id: "other", modified_on: UNKNOWN });
    expect(dnsRecord.attributes.zone_id).toMatchObject({ forceNew: true });
  });

  test("with a comment has a new date for it", () => {
    expect(adjusted({ comment: "c" })).toMatchObject({ comment: "c", comment_modified_on: UNKNOWN });
  });
});
