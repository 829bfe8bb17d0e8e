import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

export interface LoopbackForwarderOptions {
  /** Port on 127.0.0.1. @default one that is free */
  readonly port?: number;
  /** Unix socket that every connection goes on to. */
  readonly socket: string;
  /** Connections at a time; more are closed at once. @default 8000, as many as a load balancer takes */
  readonly maximumConnections?: number;
  /** A connection on which nothing has come for so long is closed. @default 300 */
  readonly idleSeconds?: number;
}

/** Makes a unix socket reachable at a port of this machine, for this machine only. */
export class LoopbackForwarder implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly stop: () => Promise<void>,
  ) {}

  /** Resolves when the port is open; rejects when another program has it. */
  static async start(options: LoopbackForwarderOptions): Promise<LoopbackForwarder> {
    const { port = 0, socket, maximumConnections = 8000, idleSeconds = 300 } = options;
    const open = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (visitor) => {
      const onward = createConnection({ path: socket, allowHalfOpen: true });
      for (const [from, to] of [
        [visitor, onward],
        [onward, visitor],
      ] as const) {
        open.add(from);
        from.pipe(to);
        from.setTimeout(idleSeconds * 1000, () => from.destroy());
        from.on("error", () => from.destroy());
        from.on("close", () => {
          open.delete(from);
          to.destroySoon();
        });
      }
    });
    server.maxConnections = maximumConnections;
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new LoopbackForwarder((server.address() as AddressInfo).port, async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of open) connection.destroy();
      await closed;
    });
  }

  /** Closes the port and every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
