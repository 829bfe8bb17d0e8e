import type { FastifyInstance } from "fastify";

/**
 * Reads bodies as JSON, whatever their content type. An empty body is none: both providers declare JSON on requests
 * that carry nothing.
 */
export function acceptJson(app: FastifyInstance, invalid: () => Error): void {
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
