import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type ImageLayout, isDigest } from "./image-layout";
import { RegistryLogins } from "./registry-logins";

/** What OCI's distribution specification has of names: NAME/manifests/REFERENCE and NAME/blobs/DIGEST. */
const ROUTE = /^(?<repository>[a-z0-9/._-]+)\/(?<kind>manifests|blobs)\/(?<reference>[A-Za-z0-9_:.-]+)$/;

/**
 * The part of a container registry that pulls use (OCI distribution specification 1.1, without ranges and without
 * tokens), for every image of the layout, whatever the registry of its name: the Host header says which is meant, and
 * the layout's directory which ones ask for a login.
 */
export function createRegistryApi(layout: ImageLayout): FastifyInstance {
  const app = fastify();
  const logins = new RegistryLogins(layout.directory);
  app.addHook("onRequest", async (request, reply) => {
    if (logins.admits(request.hostname, request.headers.authorization)) return undefined;
    reply.header("www-authenticate", `Basic realm="${request.hostname}"`);
    return refuse(reply, 401, "UNAUTHORIZED", "authentication required");
  });
  app.addHook(
    "onSend",
    async (_request, reply) => void reply.header("docker-distribution-api-version", "registry/2.0"),
  );
  app.get("/v2/", async () => ({}));
  // With HEAD, which fastify makes of GET.
  app.get<{ Params: { "*": string } }>("/v2/*", async (request, reply) => {
    const { repository, kind, reference } = ROUTE.exec(request.params["*"])?.groups ?? {};
    if (repository === undefined || reference === undefined) return refuse(reply, 404, "UNSUPPORTED", "no such path");
    if (kind === "blobs") return sendBlob(layout, reference, reply);
    const digest = isDigest(reference)
      ? reference
      : (await layout.tryFind({ registry: request.hostname, repository, tag: reference }))?.digest;
    return sendManifest(layout, digest, `${request.hostname}/${repository}:${reference}`, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 405, "UNSUPPORTED", `${request.method}: images come in by: ./run local push-image NAME:TAG FILE`),
  );
  return app;
}

async function sendManifest(layout: ImageLayout, digest: string | undefined, name: string, reply: FastifyReply) {
  const manifest = digest === undefined ? undefined : await layout.tryReadManifest(digest);
  if (manifest === undefined)
    return refuse(reply, 404, "MANIFEST_UNKNOWN", `put it there by: ./run local push-image ${name} FILE`);
  return reply.header("docker-content-digest", digest).type(manifest.mediaType).send(manifest.content);
}

async function sendBlob(layout: ImageLayout, digest: string, reply: FastifyReply) {
  const size = isDigest(digest) ? (await stat(layout.blobFile(digest)).catch(() => undefined))?.size : undefined;
  if (size === undefined) return refuse(reply, 404, "BLOB_UNKNOWN", digest);
  return reply
    .header("docker-content-digest", digest)
    .header("content-length", size)
    .type("application/octet-stream")
    .send(createReadStream(layout.blobFile(digest)));
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.status(status).send({ errors: [{ code, message }] });
}
