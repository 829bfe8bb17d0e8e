import type { FastifyInstance } from "fastify";
import { answerErrors, type ErrorConventions } from "../error-answers";
import type { RateLimit } from "../rate-limit";
import { RequestBody } from "../request-body";
import type { TokenRights, Tokens } from "../tokens";
import type { Cloud } from "./account/cloud";
import {
  ApiError,
  badRequest,
  forbidden,
  notEmulated,
  serverError,
  tooManyRequests,
  unauthorized,
  unprocessable,
} from "./account/errors";
import type { Route } from "./account/route";
import { routes } from "./routes";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set for every request that was let in. */
    rights?: TokenRights;
  }
}

/** Puts authentication, the rate limit, every route of the table, and the vendor's errors onto an application. */
export function mountRoutes(
  app: FastifyInstance,
  cloud: Cloud,
  tokens: Tokens,
  rateLimit: RateLimit,
  onFailure: (failure: string) => void = () => undefined,
): void {
  admit(app, tokens, rateLimit);
  for (const route of routes) addRoute(app, cloud, route);
  answerErrors(app, routes, errorConventions, onFailure);
}

/** Requests with unknown tokens count as those of one caller, so that guessing a token is limited as well. */
function admit(app: FastifyInstance, tokens: Tokens, rateLimit: RateLimit): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    const rights = tokens.tryFind(request.headers.authorization);
    const verdict = rateLimit.count(rights ? `${rights.tokenNumber}` : "unknown");
    reply.headers({
      "ratelimit-limit": `${verdict.limit}`,
      "ratelimit-remaining": `${verdict.remaining}`,
      "ratelimit-reset": `${verdict.reset}`,
    });
    if (verdict.retryAfter !== undefined && !rights?.unlimited) throw tooManyRequests(verdict.retryAfter);
    if (!rights) throw unauthorized();
    request.rights = rights;
  });
}

function addRoute(app: FastifyInstance, cloud: Cloud, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const may = (scope: string): boolean => request.rights?.may(scope) ?? false;
      if (!route.scopes.every(may)) throw forbidden();
      const answer = await route.handler(cloud, {
        parameters: request.params as Record<string, string>,
        query: request.query as Record<string, string | undefined>,
        url: `${request.protocol}://${request.host}${request.url}`,
        body: new RequestBody(request.body, route.refusal ?? unprocessable),
        may,
      });
      return reply.code(answer.status).send(answer.body);
    },
  });
}

const errorConventions: ErrorConventions<ApiError> = {
  isAnswer: (error) => error instanceof ApiError,
  badRequest,
  internalError: serverError,
  notEmulated,
  render: (error, request) => error.render(request.id),
};
