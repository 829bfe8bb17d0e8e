import { request } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Talks to the site as a visitor does: the public name, the edge's certificate checked, a fresh connection each time. */
export class SiteClient {
  constructor(
    private readonly hostname: string,
    private readonly port: number,
    private readonly authority: string,
  ) {}

  get(path: string, timeoutMs = 10_000): Promise<Answer> {
    return this.ask("GET", path, undefined, timeoutMs);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask("POST", path, body, 10_000);
  }

  private ask(method: string, path: string, body: unknown, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: "127.0.0.1",
          port: this.port,
          servername: this.hostname,
          ca: this.authority,
          method,
          path,
          agent: false,
          timeout: timeoutMs,
          headers: { host: this.hostname, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
          response.on("error", reject);
        },
      );
      call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer in ${timeoutMs} ms`)));
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
