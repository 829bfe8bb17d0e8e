import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** One exchange of the real provider with an API, as recorded. */
export interface Exchange {
  readonly case?: string;
  readonly step: "create" | "read" | "update" | "replace" | "delete";
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly request_body: any;
  readonly status: number | "drop";
  readonly response_body: any;
}

/** Exchanges of one plan or of one apply. */
export interface Phase {
  readonly name: string;
  readonly step: Exchange["step"];
  readonly exchanges: readonly Exchange[];
}

const recordings = join(__dirname, "../local-cloud/api/fixtures/provider-transcripts");

export function loadExchanges(name: string): readonly Exchange[] {
  return JSON.parse(readFileSync(join(recordings, `${name}.json`), "utf8")) as Exchange[];
}

/** Splits a recording where its step changes. */
export function phasesOf(exchanges: readonly Exchange[]): Phase[] {
  const phases: { name: string; step: Exchange["step"]; exchanges: Exchange[] }[] = [];
  for (const exchange of exchanges) {
    const last = phases.at(-1);
    if (last?.step === exchange.step) last.exchanges.push(exchange);
    else
      phases.push({
        name: `${exchange.case ?? ""} ${exchange.step}`.trim(),
        step: exchange.step,
        exchanges: [exchange],
      });
  }
  return phases;
}

/**
 * An API that answers what was recorded and nothing else: in a phase that writes, each request must be the next one
 * recorded for its method and path, with the same body. Reads of a plan may come any number of times.
 */
export class RecordedApi implements AsyncDisposable {
  /** Requests that were not recorded, or not with this body. */
  readonly surprises: string[] = [];
  private phase: Phase | undefined;
  private waiting: Exchange[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<RecordedApi> {
    const server = createServer();
    const api = new RecordedApi(server);
    server.on("request", (request, response) => void api.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get environment(): NodeJS.ProcessEnv {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return {
      DIGITALOCEAN_API_URL: url,
      DIGITALOCEAN_TOKEN: "dop_v1_0",
      CLOUDFLARE_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "0".repeat(40),
    };
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.waiting = [...phase.exchanges];
  }

  /** Recorded requests that have not come. */
  missing(): string[] {
    return this.waiting.map(({ method, path, request_body }) => `${method} ${path} ${JSON.stringify(request_body)}`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://recorded");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const body = text === "" ? null : JSON.parse(text);
    const method = request.method ?? "";
    const isSame = (one: Exchange) =>
      one.method === method && one.path === url.pathname && sameQuery(one.query, url.searchParams);
    const isSameBody = (one: Exchange) => comparable(one.request_body) === comparable(body);
    // Resources of one type are made side by side, in any order: their bodies tell them apart.
    const exchange = this.take((one) => isSame(one) && isSameBody(one)) ?? this.take(isSame);
    if (!exchange) return this.refuse(response, `${this.phase?.name}: ${method} ${request.url} ${text}: not recorded`);
    if (!isSameBody(exchange)) {
      const expected = JSON.stringify(exchange.request_body);
      return this.refuse(
        response,
        `${this.phase?.name}: ${method} ${url.pathname}: body ${text}, recorded ${expected}`,
      );
    }
    if (exchange.status === "drop") return void request.socket.destroy();
    const empty = exchange.response_body === null || exchange.status === 204;
    response.writeHead(exchange.status, { "content-type": "application/json" });
    response.end(empty ? undefined : JSON.stringify(exchange.response_body));
  }

  private take(isSame: (exchange: Exchange) => boolean): Exchange | undefined {
    if (this.phase?.step === "read") return this.phase.exchanges.find(isSame);
    const index = this.waiting.findIndex(isSame);
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }

  private refuse(response: ServerResponse, surprise: string): void {
    this.surprises.push(surprise);
    response.writeHead(418).end(JSON.stringify({ message: surprise }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function sameQuery(recorded: Readonly<Record<string, string>>, asked: URLSearchParams): boolean {
  return comparable(recorded ?? {}) === comparable(Object.fromEntries(asked));
}

/** Equal for equal JSON; the order of lists is left out, because the real provider sorts sets by its own hash. */
function comparable(json: any): string {
  if (Array.isArray(json)) return `[${json.map(comparable).sort().join(",")}]`;
  if (typeof json !== "object" || json === null) return JSON.stringify(json ?? null);
  const members = Object.keys(json)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${comparable(json[key])}`);
  return `{${members.join(",")}}`;
}
