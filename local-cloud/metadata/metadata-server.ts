import { createServer, type Server } from "node:http";
import { answerMetadata } from "./metadata-tree";
import type { MetadataSubject } from "./metadata-document";

/**
 * The metadata service, to be bound to 169.254.169.254:80 on the router. A caller is known by its source address, which
 * the network does not let it forge. `find` is asked at every request, so that the answer is never old.
 */
export function createMetadataServer(find: (address: string) => MetadataSubject | undefined): Server {
  return createServer((request, response) => {
    const subject = find(request.socket.remoteAddress ?? "");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (!subject) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found");
    } else {
      const answer = answerMetadata((request.url ?? "/").split("?")[0]!, subject);
      if (answer.location !== undefined) response.setHeader("location", answer.location);
      response.writeHead(answer.status, { "content-type": answer.contentType }).end(answer.body);
    }
  });
}
