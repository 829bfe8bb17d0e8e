import type { FastifyInstance, FastifyRequest } from "fastify";
import { answerErrors, type ErrorConventions } from "../error-answers";
import type { RateLimit } from "../rate-limit";
import { RequestBody } from "../request-body";
import type { Tokens } from "../tokens";
import type { Cloud } from "./account/cloud";
import {
  CloudflareError,
  internalError,
  invalid,
  invalidToken,
  missingCredentials,
  notEmulated,
  notPermitted,
  tooManyRequests,
} from "./account/errors";
import type { Route } from "./account/route";
import { routes } from "./routes";

/** Puts every route of the table, with authentication and the rate limit, and the vendor's errors onto an application. */
export function mountRoutes(
  app: FastifyInstance,
  cloud: Cloud,
  tokens: Tokens,
  rateLimit: RateLimit,
  onFailure: (failure: string) => void = () => undefined,
): void {
  for (const route of routes) addRoute(app, cloud, route, tokens, rateLimit);
  answerErrors(app, routes, errorConventions, onFailure);
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

const errorConventions: ErrorConventions<CloudflareError> = {
  isAnswer: (error) => error instanceof CloudflareError,
  badRequest: (message) => invalid(message, 6003),
  internalError,
  notEmulated,
  render: ({ code, message }) => ({ success: false, errors: [{ code, message }], messages: [], result: null }),
};
