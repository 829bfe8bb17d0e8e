import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import { chmod, open, rm, truncate } from "node:fs/promises";
import { findCause, findOriginError, renderErrorPage } from "./origin-error";

/** A cause was logged a moment ago: it is in the last part of the log. */
const TAIL_BYTES = 128 * 1024;
/** Nobody else keeps the log short. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Answers, on a unix socket, requests whose origin has failed with the page for the cause. The cause is read from
 * nginx's error log, because nginx tells its configuration no more than 502 or 504.
 */
export async function startErrorPageServer(socket: string, log: string): Promise<Server> {
  const server = createServer((request, response) => {
    void describeFailure(request, log).then(({ status, page }) => {
      response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
      response.end(page);
    });
  });
  await rm(socket, { force: true });
  server.listen(socket);
  await once(server, "listening");
  // nginx's workers are not root.
  await chmod(socket, 0o666);
  return server;
}

async function describeFailure({ headers }: IncomingMessage, log: string) {
  const { host = "", "x-ray": ray, "x-connection": connection, "x-request": request } = headers;
  const tail = await readTail(log).catch(() => "");
  const cause = findCause(tail, String(connection), String(request));
  const error = findOriginError(cause);
  return { status: error.status, page: renderErrorPage(error, host, String(ray), cause) };
}

async function readTail(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    if (size > LOG_LIMIT_BYTES) await truncate(file);
    return buffer.toString("utf8");
  } finally {
    await handle.close();
  }
}
