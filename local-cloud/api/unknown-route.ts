const mostNamed = 12;

/**
 * Names the emulated routes that lie nearest to one that is not: those that share the longest beginning with it, or
 * the beginnings of these when they are many.
 */
export function routesNear(
  path: string,
  routes: ReadonlyArray<{ readonly method: string; readonly path: string }>,
): string[] {
  const wanted = path.split("/");
  const shared = routes.map((route) => {
    const parts = route.path.split("/");
    const firstDifference = wanted.findIndex((part, index) => !matches(parts[index], part));
    return { route, parts, length: firstDifference < 0 ? wanted.length : firstDifference };
  });
  const longest = Math.max(...shared.map(({ length }) => length));
  const nearest = shared.filter(({ length }) => length === longest);
  if (nearest.length <= mostNamed) return nearest.map(({ route }) => `${route.method} ${route.path}`);
  return [...new Set(nearest.map(({ parts }) => parts.slice(0, longest + 1).join("/")))];
}

function matches(pattern: string | undefined, part: string): boolean {
  return pattern !== undefined && (pattern === part || (pattern.startsWith(":") && part !== ""));
}
