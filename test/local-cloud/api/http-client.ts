/** An answer as tests look at it. `body` is parsed JSON, text, or undefined when there was none. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export interface HttpClient {
  call(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
}

/** Calls like the providers do: a bearer token, and JSON declared on every request. */
export function httpClient(baseUrl: string, token: string | undefined): HttpClient {
  return {
    call: async (method, path, body) => {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          "content-type": "application/json",
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parse(text) };
    },
  };
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
