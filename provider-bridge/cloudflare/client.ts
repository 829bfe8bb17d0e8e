import { exchange } from "../plugin/http-exchange";
import { ProviderError } from "../plugin/provider";

export interface CloudflareClientOptions {
  /** For example `https://api.cloudflare.com/client/v4`. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer with an error status. The title never says what failed; the request and the raw answer follow below. */
export class CloudflareError extends ProviderError {
  constructor(
    detail: string,
    readonly status: number,
  ) {
    super("failed to make http request", detail);
  }
}

/** Calls the Cloudflare API v4 with the requests, the retries and the error texts of the real provider. */
export class CloudflareClient {
  constructor(private readonly options: CloudflareClientOptions) {}

  /**
   * @returns `result` of the answer. Like the real provider this does not look at `success`: an error with status 200
   * is taken for success and leaves an object without id.
   */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = `${this.options.baseUrl.replace(/\/+$/, "")}/${path}`;
    const answer = await exchange(
      { method, url, headers: this.options.headers, body },
      { attempts: 3, statuses: [429, 408, 409], pauseSeconds: (failed) => 0.5 * 2 ** (failed - 1) },
    );
    const json = tryParseJson(answer.text);
    if (answer.status >= 400) {
      const raw = json === undefined ? "" : answer.text;
      throw new CloudflareError(`${method} "${url}": ${answer.status} ${answer.statusText} ${raw}`, answer.status);
    }
    return (json as { result?: Answer } | undefined)?.result ?? {};
  }
}

/** An object of the API. */
export type Answer = Readonly<Record<string, unknown>>;

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
