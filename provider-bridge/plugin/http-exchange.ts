import { setTimeout as delay } from "node:timers/promises";

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON when defined. */
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
  /** How often the request was sent. */
  readonly attempts: number;
}

export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** Seconds before the try after `failed` failures. */
  pauseSeconds(failed: number): number;
  /** Statuses besides 5xx whose answer is not final. */
  readonly statuses: readonly number[];
}

/** No answer of the local cloud takes longer; the real providers would wait for ever. */
const answerLimitSeconds = 300;

/**
 * Sends a request until there is an answer that counts. Server errors, rate limits and dropped connections are tried
 * again, also for POST, as the providers do; an answer with `Retry-After` says itself how long to wait.
 *
 * @returns the last answer, whatever its status; throws when there was none at all
 */
export async function exchange(request: HttpRequest, retry: RetryPolicy): Promise<HttpAnswer> {
  for (let attempts = 1; ; attempts++) {
    const last = attempts >= retry.attempts;
    try {
      const answer = await send(request, attempts);
      if (last || !(answer.status >= 500 || retry.statuses.includes(answer.status))) return answer;
      await delay((retryAfter(answer.headers) ?? retry.pauseSeconds(attempts)) * 1000);
    } catch (error) {
      if (last) throw connectionError(request, error, attempts);
      await delay(retry.pauseSeconds(attempts) * 1000);
    }
  }
}

async function send({ method, url, headers, body }: HttpRequest, attempts: number): Promise<HttpAnswer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, accept: "application/json", "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(answerLimitSeconds * 1000),
  });
  const { status, statusText } = response;
  return { status, statusText, headers: response.headers, text: await response.text(), attempts };
}

function retryAfter(headers: Headers): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function connectionError({ method, url }: HttpRequest, error: unknown, attempts: number): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${method} ${url}: no answer: ${reason}; giving up after ${attempts} attempt(s)`);
}
