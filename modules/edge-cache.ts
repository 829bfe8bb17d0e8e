import { ArgoTieredCaching } from "@cdktf/provider-cloudflare/lib/argo-tiered-caching";
import { Ruleset } from "@cdktf/provider-cloudflare/lib/ruleset";
import { TieredCache } from "@cdktf/provider-cloudflare/lib/tiered-cache";
import type { Construct } from "constructs";
import type { ZoneSettings } from "./zone";

/**
 * What Cloudflare keeps of the site beyond files by their extension, and where. `hostnames` are those in the zone; of a
 * wildcard, no page is kept.
 */
export function createEdgeCache(
  scope: Construct,
  { id: zoneId, cachePages, smartTieredCache }: Required<Pick<ZoneSettings, "id" | "cachePages" | "smartTieredCache">>,
  hostnames: readonly string[],
): void {
  if (cachePages) createCacheRules(scope, zoneId, hostnames);
  if (!smartTieredCache) return;
  const tiered = new ArgoTieredCaching(scope, "tiered-cache", { zoneId, value: "on" });
  new TieredCache(scope, "smart-tiered-cache", { zoneId, value: "on", dependsOn: [tiered] });
}

function createCacheRules(scope: Construct, zoneId: string, hostnames: readonly string[]): void {
  const written = hostnames.filter((hostname) => !hostname.startsWith("*")).map((hostname) => `"${hostname}"`);
  new Ruleset(scope, "cache-rules", {
    zoneId,
    kind: "zone",
    name: "cache rules",
    phase: "http_request_cache_settings",
    rules: [
      {
        ref: "pages",
        description: "Keep what the application calls cacheable, of visitors without a cookie",
        // With a cookie, "max-age" alone means that visitor's own browser, to our web nodes too.
        expression: `(http.host in {${written.join(" ")}} and http.cookie eq "")`,
        action: "set_cache_settings",
        actionParameters: {
          cache: true,
          // Without a word of the application, nothing is kept.
          edgeTtl: { mode: "bypass_by_default" },
          browserTtl: { mode: "respect_origin" },
        },
      },
    ],
  });
}
