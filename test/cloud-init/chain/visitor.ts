import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import type { SiteChain } from "./site-chain";

const HOSTNAME = "www.example.com";

export interface Visit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With a length, or in chunks. */
  readonly body?: Buffer | readonly Buffer[];
  /** Between the chunks of a body. @default 0 */
  readonly pauseMs?: number;
  /** Before the answer is read. @default 0 */
  readonly readAfterMs?: number;
  /** Called with what there is of the answer's body, each time that more of it comes. */
  readonly onBody?: (soFar: Buffer) => void;
}

export interface Seen {
  readonly status: number;
  /** As `node:http` has them: `set-cookie` is a list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
}

/** A request of someone who comes through the edge. */
export function visit(chain: SiteChain, path: string, options: Visit = {}): Promise<Seen> {
  const { method = "GET", headers = {}, body, pauseMs = 0, readAfterMs = 0, onBody } = options;
  return new Promise((resolve, reject) => {
    const call = https.request({
      socketPath: chain.edgeSocket,
      servername: HOSTNAME,
      rejectUnauthorized: false,
      maxHeaderSize: 1 << 18,
      agent: false,
      path,
      method,
      headers: { host: HOSTNAME, ...(Buffer.isBuffer(body) ? { "content-length": body.length } : {}), ...headers },
    });
    call.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
          trailers: response.trailers,
        }),
      );
      response.on("error", reject);
      void sleep(readAfterMs).then(() =>
        response.on("data", (part: Buffer) => {
          parts.push(part);
          onBody?.(Buffer.concat(parts));
        }),
      );
    });
    call.on("error", reject);
    void send(call, body, pauseMs);
  });
}

async function send(call: import("node:http").ClientRequest, body: Visit["body"], pauseMs: number): Promise<void> {
  for (const part of body === undefined ? [] : Buffer.isBuffer(body) ? [body] : body) {
    call.write(part);
    await sleep(pauseMs);
  }
  call.end();
}

/** A websocket whose frames are plain bytes: nobody on the way looks into them. */
export class PlainWebsocket {
  static async open(chain: SiteChain, hostname = HOSTNAME): Promise<PlainWebsocket> {
    const socket = tls.connect({
      path: chain.edgeSocket,
      servername: HOSTNAME,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    const websocket = new PlainWebsocket(socket);
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    socket.write(`GET /websocket HTTP/1.1\r\nHost: ${hostname}\r\n${upgrade}\r\n`);
    const head = await websocket.receive();
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`no websocket: ${head}`);
    return websocket;
  }

  /** Milliseconds from now until it is closed. */
  readonly closed: Promise<number>;

  private constructor(private readonly socket: tls.TLSSocket) {
    const started = Date.now();
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(Date.now() - started)));
  }

  /** What comes back for what is sent. */
  async echo(text: string): Promise<string> {
    this.socket.write(text);
    return this.receive();
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(): Promise<string> {
    return new Promise((resolve) => {
      this.socket.once("data", (data: Buffer) => resolve(data.toString("latin1")));
      this.socket.once("close", () => resolve("closed"));
    });
  }
}
