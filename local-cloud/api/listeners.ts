import type { FastifyInstance } from "fastify";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Where an API listens. With `tls` it speaks HTTPS. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Several sockets, plain and TLS, in front of one application. */
export class Listeners {
  private readonly servers: Server[] = [];

  constructor(private readonly app: FastifyInstance) {}

  /** Returns the base URL without a trailing slash. Rejects when the address cannot be had. */
  async listen(options: ListenOptions): Promise<string> {
    await this.app.ready();
    const server = options.tls
      ? createHttpsServer({ key: options.tls.key, cert: options.tls.cert }, this.app.routing)
      : createHttpServer(this.app.routing);
    // Longer than clients keep idle connections, so that it is not the server that closes one just as it is used again.
    server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, resolve);
    });
    this.servers.push(server);
    const { port } = server.address() as AddressInfo;
    return `${options.tls ? "https" : "http"}://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  }

  /** Stops listening and cuts what is still connected. */
  async close(): Promise<void> {
    await Promise.all(
      this.servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
    await this.app.close();
  }
}
