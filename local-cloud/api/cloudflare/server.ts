import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Platform } from "../../platform";
import { createApplication } from "../application";
import { preciseTimestamp, systemClock, type Clock } from "../clock";
import type { Faults } from "../faults";
import { Listeners, type ListenOptions } from "../listeners";
import { RateLimit, type RateWindow } from "../rate-limit";
import { RequestBody } from "../request-body";
import { Tokens, type TokenGrant } from "../tokens";
import { routesNear } from "../unknown-route";
import { createCloud, type Cloud } from "./cloud";
import {
  CloudflareError,
  internalError,
  invalid,
  invalidToken,
  missingCredentials,
  notEmulated,
  notPermitted,
  tooManyRequests,
} from "./errors";
import type { Route } from "./route";
import { routes } from "./routes";
import { Zone, type ZoneDeclaration } from "./store";

export interface CloudflareApiOptions {
  readonly platform: Pick<Platform, "edge">;
  /** Scopes are those of the routes: `dns:edit`, `ssl:read` … */
  readonly tokens: readonly TokenGrant[];
  /** @default none */
  readonly zones?: readonly ZoneDeclaration[];
  /** @default Cloudflare's: 1,200 in five minutes, for each token */
  readonly rateLimit?: readonly [RateWindow, ...RateWindow[]];
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
  const rateLimit = new RateLimit(options.rateLimit ?? defaultRateLimit, clock);
  for (const route of routes) addRoute(app, cloud, route, tokens, rateLimit);
  answerErrors(app);
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

function addRoute(app: FastifyInstance, cloud: Cloud, route: Route, tokens: Tokens, rateLimit: RateLimit): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      if (route.scope !== "anyone") admit(request, route.scope, tokens, rateLimit);
      const answer = await route.handler(cloud, {
        parameters: request.params as Record<string, string>,
        query: request.query as Record<string, string | undefined>,
        path: request.url.split("?")[0] ?? "",
        body: new RequestBody(request.body, (message) => invalid(message)),
      });
      if (answer.status === 204) return reply.code(204).send();
      return reply.code(answer.status).send({
        result: answer.result,
        success: true,
        errors: [],
        messages: [],
        ...(answer.info && { result_info: answer.info }),
      });
    },
  });
}

function admit(request: FastifyRequest, scope: string, tokens: Tokens, rateLimit: RateLimit): void {
  if (request.headers.authorization === undefined) throw missingCredentials();
  const rights = tokens.tryFind(request.headers.authorization);
  const verdict = rateLimit.count(rights ? `${rights.tokenNumber}` : "unknown");
  if (verdict.retryAfter !== undefined) throw tooManyRequests(verdict.retryAfter);
  if (!rights) throw invalidToken();
  const enough = scope === "any token" || rights.may(scope) || rights.may(scope.replace(/:read$/, ":edit"));
  if (!enough) throw notPermitted();
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    const path = request.url.split("?")[0] ?? "";
    const near = routesNear(path, routes).join(", ");
    throw notEmulated(`${request.method} ${path} is not emulated by the local cloud; known near it: ${near}`);
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof CloudflareError ? error : fromFastify(error, request);
  return reply
    .code(known.status)
    .headers(known.headers)
    .send({ success: false, errors: [{ code: known.code, message: known.message }], messages: [], result: null });
}

function fromFastify(error: unknown, request: FastifyRequest): CloudflareError {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) return invalid((error as Error).message, 6003);
  request.log.error({ err: error, method: request.method, url: request.url }, "request failed");
  return internalError();
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
