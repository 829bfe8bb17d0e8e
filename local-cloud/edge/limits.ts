/** What Cloudflare's edge grants an origin, on the Free, Pro and Business plans. */
export interface EdgeLimits {
  /** From the first packet until a connection to an origin is ready for a request; then 522. */
  readonly connectSeconds: number;
  /** How long what was sent may stay without an acknowledgement; then the connection has ended. */
  readonly acknowledgeSeconds: number;
  /** Of a connection on which nothing was heard: before the first probe, between two of them, and how many may fail. */
  readonly probe: { readonly afterSeconds: number; readonly intervalSeconds: number; readonly count: number };
  /** How long an origin may say nothing while it is expected to: before an answer, within one, on a websocket; then 524. */
  readonly readSeconds: number;
  /** How long a connection to an origin is kept that nobody uses. */
  readonly idleSeconds: number;
  /** Requests on one HTTP/2 connection at a time; the origin's own limit counts if it is lower. */
  readonly streams: number;
  /** How long a visitor's connection is kept that nobody uses. */
  readonly visitorIdleSeconds: number;
  /** Of a request; then 413. */
  readonly bodyMebibytes: number;
}

/**
 * Connections and times: https://developers.cloudflare.com/fundamentals/reference/connection-limits/
 * Probes and streams: https://developers.cloudflare.com/speed/optimization/protocol/http2-to-origin/ (which says 100 in
 * one place and 200 in another; 120 s and 125 s for an answer).
 * Bodies: https://developers.cloudflare.com/workers/platform/limits/#request-limits (Free and Pro).
 *
 * Retries: one, to another address of the name, and only for what would be 521, 522, 523, 525 or 526:
 * https://developers.cloudflare.com/load-balancing/understand-basics/adaptive-routing/
 * https://developers.cloudflare.com/dns/manage-dns-records/how-to/round-robin-dns/
 */
export const cloudflareLimits: EdgeLimits = {
  connectSeconds: 19,
  acknowledgeSeconds: 90,
  probe: { afterSeconds: 30, intervalSeconds: 15, count: 2 },
  readSeconds: 120,
  idleSeconds: 900,
  streams: 100,
  visitorIdleSeconds: 400,
  bodyMebibytes: 100,
};
