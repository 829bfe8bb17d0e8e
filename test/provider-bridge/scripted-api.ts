import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request gets: a status with a body, or a connection that is closed without an answer. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Script = (request: { method: string; path: string; body: any }) => Answer | "drop" | undefined;

/** An API that answers by a function; what the function does not know is a 501. Requests are kept. */
export class ScriptedApi implements AsyncDisposable {
  readonly requests: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(script: Script): Promise<ScriptedApi> {
    const server = createServer((request, response) => {
      // A script that throws fails the request, and so the test.
      reply(request, response).catch((error: Error) => response.destroy(error));
    });
    const reply = async (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8");
      const [method, path] = [request.method ?? "", request.url ?? ""];
      api.requests.push(`${method} ${path}`);
      const answer = script({ method, path, body: text === "" ? undefined : JSON.parse(text) });
      if (answer === "drop") return void request.socket.destroy();
      const {
        status,
        body,
        headers = {},
      } = answer ?? { status: 501, body: { message: `${method} ${path}: no script` } };
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body));
    };
    const api = new ScriptedApi(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Where providers find it; retries come at once. */
  get environment(): NodeJS.ProcessEnv {
    return {
      DIGITALOCEAN_API_URL: this.url,
      DIGITALOCEAN_TOKEN: "dop_v1_0",
      DIGITALOCEAN_HTTP_RETRY_WAIT_MIN: "0.01",
      CLOUDFLARE_BASE_URL: `${this.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "0".repeat(40),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
