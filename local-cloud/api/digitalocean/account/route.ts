import type { RequestBody } from "../../request-body";
import type { Cloud } from "./cloud";
import type { ApiError } from "./errors";

/** A request as handlers see it. */
export interface ApiRequest {
  /** The named parts of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The whole URL as the client wrote it, for links. */
  readonly url: string;
  readonly body: RequestBody;
  /** Whether the caller's token has a scope. */
  may(scope: string): boolean;
}

/** A handler's answer; without a body for 204 and 202. */
export interface ApiReply {
  readonly status: number;
  readonly body?: unknown;
}

/** Answers one kind of request. Throws an `ApiError` for everything else than success. */
export type Handler = (cloud: Cloud, request: ApiRequest) => ApiReply | Promise<ApiReply>;

/** One line of the API's table. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** The caller's token needs all of them. */
  readonly scopes: readonly string[];
  readonly handler: Handler;
  /** What a body is answered that is not as it must be. @default 422 */
  readonly refusal?: (message: string) => ApiError;
}

/** An answer with status 200. */
export function ok(body: unknown): ApiReply {
  return { status: 200, body };
}

/** An answer without a body. */
export const noContent: ApiReply = { status: 204 };
