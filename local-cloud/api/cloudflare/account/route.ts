import type { RequestBody } from "../../request-body";
import type { Cloud } from "./cloud";
import { notEmulated, unknownZone } from "./errors";
import type { Zone } from "./store";

/** A request as handlers see it. */
export interface ApiRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly path: string;
  readonly body: RequestBody;
}

/** The `result` of an answer; with `info` for lists. Without anything for 204. */
export interface ApiReply {
  readonly status: number;
  readonly result?: unknown;
  readonly info?: Readonly<Record<string, number>>;
}

/** Answers one kind of request. Throws a `CloudflareError` for everything else than success. */
export type Handler = (cloud: Cloud, request: ApiRequest) => ApiReply | Promise<ApiReply>;

/** One line of the API's table. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** What the token needs (`x:edit` includes `x:read`); or "any token", or "anyone" who asks without one. */
  readonly scope: string;
  readonly handler: Handler;
}

/** An answer with status 200. */
export function ok(result: unknown): ApiReply {
  return { status: 200, result };
}

/**
 * One page of a list, 20 to a page by default, at most 100 (5,000 for Cloudflare's DNS records). `filters` are what the
 * handler has chosen the items by: another one is refused, because the list would be wrong.
 */
export function page<T>(
  items: readonly T[],
  request: ApiRequest,
  view: (item: T) => unknown,
  filters: readonly string[] = [],
): ApiReply {
  const known = ["page", "per_page", ...filters];
  const unknown = Object.keys(request.query).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw notEmulated(
      `${request.path}: filter ${unknown.join(", ")} is not emulated by the local cloud; known: ${known.join(", ")}`,
    );
  const perPage = Math.min(5000, positive(request.query["per_page"], 20));
  const number = positive(request.query["page"], 1);
  const shown = items.slice((number - 1) * perPage, number * perPage);
  return {
    status: 200,
    result: shown.map(view),
    info: {
      page: number,
      per_page: perPage,
      count: shown.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / perPage),
    },
  };
}

function positive(text: string | undefined, fallback: number): number {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : fallback;
}

/** The zone that the path names. */
export function findZone(cloud: Cloud, request: ApiRequest): Zone {
  const zone = cloud.store.zones.get(request.parameters["zone"] ?? "");
  if (!zone) throw unknownZone(request.path);
  return zone;
}
