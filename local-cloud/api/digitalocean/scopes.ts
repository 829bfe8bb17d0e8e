import { routes } from "./routes";

/** Scopes that no route of its own asks for. */
const furtherScopes = [
  "database:view_credentials",
  "project:create",
  "project:update",
  "project:delete",
  "project:assign_resource",
];

/**
 * Scopes that DigitalOcean's panel adds to one that is chosen, so that no token has the first without the rest
 * (docs.digitalocean.com, scopes of reserved_ip:update).
 */
const companions: Readonly<Record<string, readonly string[]>> = {
  "reserved_ip:update": [
    "reserved_ip:read",
    "droplet:read",
    "regions:read",
    "sizes:read",
    "actions:read",
    "image:read",
  ],
};

/** What is wrong with a token's scopes: names that do not exist, and companions that the vendor would have added. */
export function scopeProblems(scopes: readonly string[]): string[] {
  const known = new Set([...routes.flatMap((route) => route.scopes), ...furtherScopes]);
  const unknown = scopes
    .filter((scope) => !known.has(scope))
    .map((scope) => `${scope} is not a scope of DigitalOcean's`);
  const incomplete = scopes.flatMap((scope) => {
    const missing = (companions[scope] ?? []).filter((companion) => !scopes.includes(companion));
    return missing.length > 0 ? [`${scope} also needs ${missing.join(", ")}`] : [];
  });
  return [...unknown, ...incomplete];
}
