import type { Platform } from "../../platform/platform";
import { createApplication } from "../application";
import { preciseTimestamp, systemClock, type Clock } from "../clock";
import type { Faults } from "../faults";
import { Listeners, type ListenOptions } from "../listeners";
import { RateLimit, type RateWindow } from "../rate-limit";
import { Tokens, type TokenGrant } from "../tokens";
import { createCloud, type Cloud } from "./account/cloud";
import { invalid } from "./account/errors";
import { mountRoutes } from "./mount-routes";
import { routes } from "./routes";
import { Zone, type ZoneDeclaration } from "./account/store";

/** What an emulated Cloudflare account is made from. */
export interface CloudflareApiOptions {
  readonly platform: Pick<Platform, "edge">;
  /** Scopes are those of the routes: `dns:edit`, `ssl:read` … */
  readonly tokens: readonly TokenGrant[];
  /** @default none */
  readonly zones?: readonly ZoneDeclaration[];
  /** @default Cloudflare's: 1,200 in five minutes, for each token */
  readonly rateLimit?: readonly [RateWindow, ...RateWindow[]];
  /** Gets a line for each request that fails by the emulation's own fault, `POST /path: message`. @default not called */
  readonly onFailure?: (failure: string) => void;
  /** Level of the log on stderr. @default "info" */
  readonly logLevel?: string;
  /** @default the machine's own time */
  readonly clock?: Clock;
}

/** A running emulation of Cloudflare's API. */
export interface CloudflareApi {
  /** Opens one more socket; returns its base URL, to which clients add `/client/v4`. */
  listen(options: ListenOptions): Promise<string>;
  close(): Promise<void>;
  readonly faults: Faults;
  /** Accepts one more token. */
  grant(grant: TokenGrant): void;
  /** Adds a zone to the account; one that is there already stays as it is. */
  declareZone(zone: ZoneDeclaration): void;
  /** Counts of what exists, by kind, zones and their settings aside: all zero after a complete `cdktf destroy`. */
  inventory(): Readonly<Record<string, number>>;
}

/** From developers.cloudflare.com/fundamentals/api/reference/limits. */
const defaultRateLimit: readonly [RateWindow] = [{ requests: 1200, seconds: 300 }];

/** An account with the zones of `options`, not listening yet. */
export async function createCloudflareApi(options: CloudflareApiOptions): Promise<CloudflareApi> {
  const clock = options.clock ?? systemClock;
  const { app, faults } = createApplication(options.logLevel, clock, () =>
    invalid("Malformed JSON in request body", 6003),
  );
  const cloud = createCloud({ platform: options.platform, clock, log: app.log });
  const declareZone = ({ id, name }: ZoneDeclaration): void => {
    if (!cloud.store.zones.has(id)) cloud.store.zones.set(id, new Zone(id, name, preciseTimestamp(clock.now())));
  };
  options.zones?.forEach(declareZone);
  const tokens = new Tokens(options.tokens, scopeProblems);
  mountRoutes(app, cloud, tokens, new RateLimit(options.rateLimit ?? defaultRateLimit, clock), options.onFailure);
  const listeners = new Listeners(app);
  return {
    listen: (where) => listeners.listen(where),
    close: () => listeners.close(),
    faults,
    grant: (grant) => tokens.grant(grant),
    declareZone,
    inventory: () => inventory(cloud),
  };
}

function scopeProblems(scopes: readonly string[]): string[] {
  const needed = routes.flatMap(({ scope }) => (scope === "anyone" || scope === "any token" ? [] : [scope]));
  const known = [...new Set(needed)];
  return scopes.filter((scope) => !known.includes(scope)).map((scope) => `${scope} is not among ${known.join(", ")}`);
}

function inventory(cloud: Cloud): Record<string, number> {
  const zones = [...cloud.store.zones.values()];
  const sum = (count: (zone: Zone) => number): number => zones.reduce((total, zone) => total + count(zone), 0);
  return {
    dnsRecords: sum(({ records }) => records.size),
    clientCertificates: sum(({ clientCertificates }) => clientCertificates.size),
    rulesets: sum(({ rulesets }) => rulesets.size),
    originCertificates: cloud.store.originCertificates.size,
  };
}
