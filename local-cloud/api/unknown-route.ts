/** Names the emulated routes that lie nearest to one that is not: those that share the longest beginning with it. */
export function routesNear(
  path: string,
  routes: ReadonlyArray<{ readonly method: string; readonly path: string }>,
): string[] {
  const wanted = path.split("/");
  const shared = routes.map((route) => {
    const parts = route.path.split("/");
    const firstDifference = wanted.findIndex((part, index) => !matches(parts[index], part));
    return { route, length: firstDifference < 0 ? wanted.length : firstDifference };
  });
  const longest = Math.max(...shared.map(({ length }) => length));
  return shared.filter(({ length }) => length === longest).map(({ route }) => `${route.method} ${route.path}`);
}

function matches(pattern: string | undefined, part: string): boolean {
  return pattern !== undefined && (pattern === part || (pattern.startsWith(":") && part !== ""));
}
