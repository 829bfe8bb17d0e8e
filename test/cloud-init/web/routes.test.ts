import { checkRoutes, renderRoutes, type Route, tiersOf } from "../../../cloud-init/web/routes";

const hostnames = ["www.example.com", "example.com", "blog.example.com"];

/** What Nginx' map does: the first pattern that fits the name and the path as it is meant. */
function tierFor(routes: readonly Route[], name: string, path: string): string {
  const lines = renderRoutes(routes, hostnames).match(/^.+$/gm) ?? [];
  const parsed = lines.map((line) => /^ {4}"~(\^.*)" (\S+);$/.exec(line)!.slice(1) as [string, string]);
  // PCRE's \z is $ without the flag m in JavaScript.
  return parsed.find(([pattern]) => new RegExp(pattern.replaceAll("\\z", "$")).test(`${name}${path}`))?.[1] ?? "app";
}

const shop: Route[] = [
  { path: "/api", tier: "api" },
  { path: "/api/reports/daily", tier: "app" },
  { path: "/api/reports", tier: "reports" },
  { hostname: "admin.example.com", tier: "admin" },
  { hostname: "admin.example.com", path: "/reports", tier: "reports" },
  { hostname: "Old.Example.com", path: "/v1.0", tier: "old" },
  { hostname: "*.example.com", tier: "tenants" },
];

test.each([
  // Whole segments only.
  ["www.example.com", "/api", "api"],
  ["www.example.com", "/api/", "api"],
  ["www.example.com", "/api/orders/1", "api"],
  ["www.example.com", "/apis", "app"],
  ["www.example.com", "/api-2", "app"],
  ["www.example.com", "/api.json", "app"],
  ["www.example.com", "/v2/api", "app"],
  ["www.example.com", "/API", "app"],
  ["www.example.com", "/", "app"],
  ["www.example.com", "/api\n", "app"],
  // The longest path decides, whatever the order.
  ["www.example.com", "/api/reports/weekly", "reports"],
  ["www.example.com", "/api/reports/daily/1", "app"],
  // A name with routes has only these.
  ["admin.example.com", "/", "admin"],
  ["admin.example.com", "/api", "admin"],
  ["admin.example.com", "/reports", "reports"],
  ["old.example.com", "/v1.0/x", "old"],
  ["old.example.com", "/v1x0/x", "app"],
  ["old.example.com", "/api", "app"],
  // A wildcard is for no name that the site has by itself.
  ["anna.example.com", "/api", "tenants"],
  ["blog.example.com", "/", "app"],
  ["blog.example.com", "/api", "api"],
  ["example.com", "/api", "api"],
  ["anna.berta.example.com", "/", "app"],
  ["adminxexample.com", "/", "app"],
  ["evil.admin.example.com", "/", "app"],
  ["", "/api", "api"],
])("%s%j is for %s", (name, path, tier) => {
  expect(tierFor(shop, name, path)).toBe(tier);
  expect(tierFor([...shop].reverse(), name, path)).toBe(tier);
});

test("the order of routes changes nothing, and so replaces nothing", () => {
  expect(renderRoutes([...shop].reverse(), hostnames)).toBe(renderRoutes(shop, hostnames));
  expect(tiersOf([...shop].reverse())).toEqual(["admin", "api", "old", "reports", "tenants"]);
});

test("a site without routes has one application", () => {
  expect(renderRoutes([], hostnames)).toBe("");
  expect(tiersOf([])).toEqual([]);
});

test("an internationalized name is written as Nginx has it", () => {
  expect(renderRoutes([{ hostname: "münchen.example", tier: "city" }], [])).toBe(
    '    "~^xn--mnchen-3ya\\.example/" city;\n',
  );
});

test.each<[unknown, string, string]>([
  [{ path: "/api" }, "r[0].tier", "is missing"],
  [{ path: "/api", tier: "API" }, "r[0].tier", 'must be "app" or the id of a Tier, got "API"'],
  [{ path: "/api", tier: "a;}\n" }, "r[0].tier", 'must be "app" or the id of a Tier, got "a;}\\n"'],
  [{ path: "/api", tier: "web" }, "r[0].tier", 'must be "app" or the id of a Tier, got "web"'],
  [{ path: "/", tier: "api" }, "r[0].path", 'must be left out for a whole name, got "/"'],
  ...["api", "/api/", "//api", "/a b", "/a/../b", "/.git", "/a/.well-known", '/a"', "/%61", "/a\n", "/é", ""].map(
    (path): [unknown, string, string] => [{ path, tier: "api" }, "r[0].path", 'must be "/" and a name of letters'],
  ),
  [{ path: 7, tier: "api" }, "r[0].path", "must be"],
  [{ path: "/healthz/x", tier: "api" }, "r[0].path", "must not be /healthz, where web nodes and load balancers answer"],
  [{ path: "/.well-known/infrastructure", tier: "api" }, "r[0].path", "must not be /.well-known/infrastructure"],
  [{ hostname: "admin", tier: "api" }, "r[0].hostname", "must be a fully qualified host name"],
  [{ hostname: 'a.example";', tier: "api" }, "r[0].hostname", "must be a fully qualified host name"],
  [{ tier: "api" }, "r[0]", "must have a hostname or a path"],
  [{ pth: "/api", tier: "api" }, "r[0].pth", "is no setting, must be one of path, "],
  ["/api", "r[0]", "must be an object with settings, got a text"],
])("fails on %j", (route, path, message) => {
  const problems = checkRoutes("r", [route as Route]);
  expect(problems.map((problem) => problem.path)).toEqual([path]);
  expect(problems[0]!.message).toContain(message);
});

test("fails on a list that is none, and on two routes for the same requests", () => {
  expect(checkRoutes("r", { path: "/api" } as never)).toEqual([
    { path: "r", message: "must be a list, got an object, put it into [ ]" },
  ]);
  const twice = [
    { hostname: "a.example.com", path: "/x", tier: "api" },
    { path: "/x", tier: "api" },
    { hostname: "A.example.com", path: "/x", tier: "admin" },
  ];
  expect(checkRoutes("r", twice)).toEqual([
    { path: "r[2]", message: "is for the same requests as route 0, leave one out" },
  ]);
});

test("paths that are accepted", () => {
  const paths = ["/api", "/api/v1.2", "/a-b_c~d", "/.well-known/acme", "/0", "/healthz2"];
  expect(
    checkRoutes(
      "r",
      paths.map((path) => ({ path, tier: "api" })),
    ),
  ).toEqual([]);
});
