import type { FastifyInstance, FastifyRequest } from "fastify";
import { routesNear } from "./unknown-route";

/** An error as a vendor answers it. */
export interface ErrorAnswer extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a vendor's errors differ from another's. */
export interface ErrorConventions<E extends ErrorAnswer> {
  readonly isAnswer: (error: unknown) => error is E;
  /** A request that cannot be understood. */
  readonly badRequest: (message: string) => E;
  /** Something failed on the platform, or in the emulation. */
  readonly internalError: () => E;
  /** A request that the vendor knows and this emulation does not. */
  readonly notEmulated: (message: string) => E;
  /** The body of the answer. */
  readonly render: (error: E, request: FastifyRequest) => object;
}

/**
 * Answers every error of an application, and every path that it does not have, as the vendor does. `onFailure` gets a
 * line for each request that the vendor would have answered and this emulation could not.
 */
export function answerErrors<E extends ErrorAnswer>(
  app: FastifyInstance,
  routes: Parameters<typeof routesNear>[1],
  conventions: ErrorConventions<E>,
  onFailure: (failure: string) => void,
): void {
  app.setNotFoundHandler((request) => {
    const path = request.url.split("?")[0] ?? "";
    const near = routesNear(path, routes).join(", ");
    throw conventions.notEmulated(
      `${request.method} ${path} is not emulated by the local cloud; known near it: ${near}`,
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = conventions.isAnswer(error) ? error : fromFastify(error, request, conventions);
    if (answer.status >= 500) {
      const message = error instanceof Error ? error.message : String(error);
      onFailure(`${request.method} ${request.url.split("?")[0]}: ${message.replace(/\s+/g, " ")}`);
    }
    return reply.code(answer.status).headers(answer.headers).send(conventions.render(answer, request));
  });
}

function fromFastify<E extends ErrorAnswer>(
  error: unknown,
  request: FastifyRequest,
  { badRequest, internalError }: ErrorConventions<E>,
): E {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) return badRequest((error as Error).message);
  request.log.error({ err: error, method: request.method, url: request.url }, "request failed");
  return internalError();
}
