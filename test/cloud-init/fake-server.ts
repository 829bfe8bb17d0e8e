import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown;
}

export interface FakeRequest {
  /** `GET /v2/droplets?page=1` */
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Milliseconds, of one clock for all requests. */
  readonly at: number;
}

/**
 * An HTTP server on a loopback port that answers exactly what it was told to, and 501 to everything else, which it
 * remembers in `unexpected`. A route without an answer keeps the caller waiting until it gives up.
 */
export class FakeServer implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  readonly unexpected: string[] = [];
  private readonly routes = new Map<string, (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer>>();

  static async start(address = "127.0.0.1", port = 0): Promise<FakeServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
    return new FakeServer(server);
  }

  private constructor(private readonly server: Server) {
    server.on("request", (request, response) => void this.handle(request, response));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `line` is method, path and query, exactly. */
  on(line: string, answer: (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer>): this {
    this.routes.set(line, answer);
    return this;
  }

  count(line: string): number {
    return this.requests.filter((request) => request.line === line).length;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const line = `${request.method} ${request.url}`;
    const seen = { line, headers: request.headers, body, at: performance.now() };
    this.requests.push(seen);
    const route = this.routes.get(line);
    if (route === undefined) this.unexpected.push(line);
    const answer =
      route === undefined ? { status: 501, body: `only ${[...this.routes.keys()].join(", ")}` } : await route(seen);
    if (answer === undefined) return;
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {});
    response.writeHead(answer.status ?? 200, answer.headers).end(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
