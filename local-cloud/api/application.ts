import fastify, { LogController, type FastifyInstance } from "fastify";
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock";
import { Faults } from "./faults";

/** What both APIs are built on: an HTTP application that logs to stderr, reads JSON, and has fault switches. */
export interface Application {
  readonly app: FastifyInstance;
  readonly faults: Faults;
}

/** Request ids are UUIDs. Requests are logged at level "debug", without headers and bodies. */
export function createApplication(logLevel: string | undefined, clock: Clock, invalidJson: () => Error): Application {
  const app = fastify({
    logger: { level: logLevel ?? "info", stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
  });
  const faults = new Faults();
  acceptJson(app, invalidJson);
  faults.install(app, clock);
  app.addHook("onResponse", async (request, reply) => {
    const took = Math.round(reply.elapsedTime);
    request.log.debug({ method: request.method, url: request.url, status: reply.statusCode, took }, "answered");
  });
  return { app, faults };
}

/** Whatever the content type says. An empty body is none: both providers declare JSON on requests without one. */
function acceptJson(app: FastifyInstance, invalid: () => Error): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
    if (text.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(text.toString()));
    } catch {
      done(invalid(), undefined);
    }
  });
}
