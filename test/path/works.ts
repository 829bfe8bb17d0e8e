/** What is asked of a site. */
export interface Work {
  readonly name: string;
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: string;
  /** With the first of `ways` only. @default false */
  readonly oneWay?: boolean;
}

/** A page that costs the application 5 ms of the processor, and the same when everybody may have it for a minute. */
export const costly = {
  fresh: { name: "dynamic, 5 ms of work", path: "/costly?caching=no-store", oneWay: true },
  kept: { name: "the same, cacheable", path: "/costly?caching=public,max-age=60", oneWay: true },
} as const satisfies Record<string, Work>;

export const works: readonly Work[] = [
  { name: "static 1 KiB", path: "/small.txt" },
  { name: "static 100 KiB", path: "/large.txt" },
  { name: "dynamic", path: "/page" },
  { name: "dynamic, one read", path: "/read" },
  { name: "POST, one write", path: "/write", body: "an entry of a guest book" },
  costly.fresh,
  costly.kept,
];

/** How the edge asks: `clear` is without TLS, which only a comparison with the limit needs. */
export const ways = [
  { name: "HTTP/2, TLS", http2: true, tls: true },
  { name: "HTTP/1.1, TLS", http2: false, tls: true },
  { name: "HTTP/2", http2: true, tls: false },
  { name: "HTTP/1.1", http2: false, tls: false },
] as const;
export type Way = (typeof ways)[number];

/** Of each request: what Cloudflare passes on of a browser, and what it adds. */
export const headers = {
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language": "de-DE,de;q=0.8,en-US;q=0.5,en;q=0.3",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  Referer: "https://www.example.com/products/",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Site": "same-origin",
  Priority: "u=0, i",
  "CF-Connecting-IP": "192.0.2.7",
  "CF-IPCountry": "DE",
  "CF-Ray": "8f1d2c3b4a596877-FRA",
  "CF-Visitor": '{"scheme":"https"}',
  "CDN-Loop": "cloudflare; loops=1",
  "X-Forwarded-For": "192.0.2.7",
  "X-Forwarded-Proto": "https",
} as const;
