import { type Checks, checkGroup } from "../check-group";
import { Hostname } from "../hostname";
import { type Problem, problemsOf } from "../problems";
import { checkEach, shown } from "../value-checks";

/** Requests that are for another application than the site's own. */
export interface Route {
  /**
   * Name that the route is for: one that the site has, also as `*.example.com`, or one that such a wildcard covers.
   * @default every name of the site that no route names
   */
  readonly hostname?: string;
  /**
   * Path that the route is for, with everything below it: `/api` is for `/api` and `/api/orders`, and not for `/apis`.
   * The application sees the whole path. Of several routes the one with the longest path decides. @default every path
   */
  readonly path?: string;
  /** Who answers: the id of a `Tier`, whose workload has a `healthPath`, or "app" for the site's own application. */
  readonly tier: string;
}

/** The tier of the site's own application, which gets what no route is for. */
export const siteApplication = "app";

/** Problems of routes that can be seen without knowing the site. */
export function checkRoutes(path: string, routes: readonly Route[]): Problem[] {
  const each = checkEach(path, routes, (at, route) => checkGroup(at, route, routeChecks, { required: ["tier"] }));
  return each.length > 0 ? each : routes.flatMap((_, index) => checkAmong(`${path}[${index}]`, routes, index));
}

const routeChecks: Checks<Route> = {
  hostname: (path, hostname) => problemsOf(path, () => Hostname.parse(withoutWildcard(hostname))),
  path: checkPath,
  tier: (path, tier) =>
    typeof tier === "string" &&
    /^[a-z]([a-z0-9-]{0,16}[a-z0-9])?$/.test(tier) &&
    !["load-balancer", "web"].includes(tier)
      ? []
      : [{ path, message: `must be "${siteApplication}" or the id of a Tier, got ${shown(tier)}` }],
};

/** Names of files and directories that need no escaping, so that a path is written in one way only. */
const pathPattern = /^(?=\/.{1,1023}$)(\/\.well-known)?(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/;

function checkPath(path: string, value: string): Problem[] {
  const problem = (message: string): Problem[] => [{ path, message: `${message}, got ${shown(value)}` }];
  if (value === "/") return problem("must be left out for a whole name");
  if (typeof value !== "string" || !pathPattern.test(value))
    return problem('must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end');
  const taken = ["/healthz", "/.well-known/infrastructure"].find((own) => `${value}/`.startsWith(`${own}/`));
  return taken === undefined ? [] : problem(`must not be ${taken}, where web nodes and load balancers answer`);
}

function checkAmong(at: string, routes: readonly Route[], index: number): Problem[] {
  const route = routes[index]!;
  if (route.hostname === undefined && route.path === undefined)
    return [{ path: at, message: 'must have a hostname or a path: the whole site is for the tier "app"' }];
  const key = ({ hostname, path }: Route) => `${normalize(hostname)} ${path}`;
  const first = routes.findIndex((other) => key(other) === key(route));
  return first === index ? [] : [{ path: at, message: `is for the same requests as route ${first}, leave one out` }];
}

/** A name as Nginx has it, ASCII and lower case. Throws on what is none. */
function normalize(hostname: string | undefined): string | undefined {
  if (typeof hostname !== "string") return hostname;
  const name = withoutWildcard(hostname);
  return `${hostname.slice(0, hostname.length - name.length)}${Hostname.parse(name).toString()}`;
}

function withoutWildcard(hostname: string): string {
  return typeof hostname === "string" ? hostname.replace(/^\*\./, "") : hostname;
}

/** Names as Nginx has them. */
export function normalizeRoutes(routes: readonly Route[]): Route[] {
  return routes.map((route) => ({ ...route, hostname: normalize(route.hostname) }));
}

/** The tiers of routes besides the site's own application, each once; in an order that does not depend on the routes'. */
export function tiersOf(routes: readonly Route[]): string[] {
  return [...new Set(routes.map(({ tier }) => tier))].filter((tier) => tier !== siteApplication).sort();
}

/**
 * Lines of Nginx' map from `$host$uri` to a tier; the first that fits decides. `hostnames`: the names that the site has by
 * themselves, which no wildcard is for.
 */
export function renderRoutes(given: readonly Route[], hostnames: readonly string[]): string {
  const routes = normalizeRoutes(given);
  const names = [...new Set(routes.map(({ hostname }) => hostname))].sort(byName);
  const lines = names.flatMap((name) => {
    const own = routes.filter(({ hostname }) => hostname === name).map(({ path = "", tier }) => ({ path, tier }));
    // A name that has routes has only these.
    const isWhole = name === undefined || own.some(({ path }) => path === "");
    const all = isWhole ? own : [...own, { path: "", tier: siteApplication }];
    return all.sort(byLength).map(({ path, tier }) => {
      const end = path === "" ? "/" : `${escape(path)}(/|\\z)`;
      return `    "~^${patternOf(name, hostnames)}${end}" ${tier};\n`;
    });
  });
  return lines.join("");
}

/** Names before wildcards, and these before no name; otherwise whatever order, but always the same. */
function byName(a: string | undefined, b: string | undefined): number {
  const rank = (name: string | undefined) => (name === undefined ? 2 : name.startsWith("*.") ? 1 : 0);
  return rank(a) - rank(b) || compare(a ?? "", b ?? "");
}

function byLength(a: { readonly path: string }, b: { readonly path: string }): number {
  return b.path.length - a.path.length || compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A pattern of the names that a route is for: Nginx has no name with a slash in it. */
function patternOf(name: string | undefined, hostnames: readonly string[]): string {
  if (name === undefined) return "[^/]*";
  if (!name.startsWith("*.")) return escape(name);
  return `(?!(${hostnames.map(escape).join("|")})/)[^./]+${escape(name.slice(1))}`;
}

function escape(text: string): string {
  return text.replaceAll(".", "\\.");
}
