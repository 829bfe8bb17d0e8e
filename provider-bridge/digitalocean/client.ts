import { exchange, type HttpAnswer } from "../plugin/http-exchange";

export interface DigitalOceanClientOptions {
  /** For example `https://api.digitalocean.com`. */
  readonly endpoint: string;
  readonly token: string;
  /** Tries after the first one. */
  readonly retries: number;
  readonly shortestPauseSeconds: number;
  readonly longestPauseSeconds: number;
}

/** An answer of the API that is an error, with the text that the real provider prints for it. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Calls the DigitalOcean API v2 with the requests, the retries and the error texts of the real provider. */
export class DigitalOceanClient {
  constructor(private readonly options: DigitalOceanClientOptions) {}

  async get<Body>(path: string): Promise<Body> {
    return (await this.call("GET", path)) as Body;
  }

  /** The answer of a GET, undefined if it is 404. */
  async tryGet<Body>(path: string): Promise<Body | undefined> {
    try {
      return await this.get<Body>(path);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async post<Body>(path: string, body: object): Promise<Body> {
    return (await this.call("POST", path, body)) as Body;
  }

  async put<Body>(path: string, body: object): Promise<Body> {
    return (await this.call("PUT", path, body)) as Body;
  }

  async patch(path: string, body: object): Promise<void> {
    await this.call("PATCH", path, body);
  }

  async delete(path: string, body?: object): Promise<void> {
    await this.call("DELETE", path, body);
  }

  /** All items of a list, 200 a page, as long as the answer names a next one. */
  async list<Item>(path: string, key: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.get<Record<string, Item[]> & Pages>(`${path}?page=${page}&per_page=200`);
      items.push(...(answer[key] ?? []));
      if (!answer.links?.pages?.next) return items;
    }
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const { endpoint, token, retries, shortestPauseSeconds, longestPauseSeconds } = this.options;
    const url = new URL(path, endpoint).href;
    const answer = await exchange(
      { method, url, headers: { authorization: `Bearer ${token}` }, body },
      {
        attempts: retries + 1,
        statuses: [429],
        pauseSeconds: (failed) => Math.min(longestPauseSeconds, shortestPauseSeconds * 2 ** (failed - 1)),
      },
    );
    if (answer.status >= 300) throw new ApiError(renderError(method, url, answer, retries + 1), answer.status);
    return answer.text === "" ? undefined : JSON.parse(answer.text);
  }
}

export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** An error with the words of the real provider before it: `Error creating tag: POST …`. */
export function prefixed(prefix: string, error: unknown): Error {
  const message = `${prefix} ${error instanceof Error ? error.message : String(error)}`;
  return error instanceof ApiError ? new ApiError(message, error.status) : new Error(message);
}

/** Runs one step; its error gets the words of the real provider before it. */
export async function saying<Result>(prefix: string, step: Promise<Result>): Promise<Result> {
  try {
    return await step;
  } catch (error) {
    throw prefixed(prefix, error);
  }
}

interface Pages {
  readonly links?: { readonly pages?: { readonly next?: string } };
}

function renderError(method: string, url: string, answer: HttpAnswer, allowedAttempts: number): string {
  const body = errorBody(answer.text);
  const requestId = body.request_id || answer.headers.get("x-request-id");
  const request = requestId ? ` (request "${requestId}")` : "";
  const retried = answer.status >= 500 || answer.status === 429;
  const ending = retried && answer.attempts >= allowedAttempts ? `; giving up after ${answer.attempts} attempt(s)` : "";
  return `${method} ${url}: ${answer.status}${request} ${body.message}${ending}`;
}

/** What is no JSON is printed as it came. */
function errorBody(text: string): { message: string; request_id?: string } {
  try {
    const body = JSON.parse(text) as { message?: string; request_id?: string };
    return { message: body.message ?? "", request_id: body.request_id };
  } catch {
    return { message: text };
  }
}
