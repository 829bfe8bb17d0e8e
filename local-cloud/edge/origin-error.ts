/** What a visitor gets when the origin cannot be reached: Cloudflare's status and what it stands for. */
export interface OriginError {
  readonly status: number;
  readonly title: string;
}

/** From nginx's words to Cloudflare's: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/ */
const CAUSES: ReadonlyArray<readonly [RegExp, OriginError]> = [
  [/upstream SSL certificate (verify error|does not match)/, { status: 526, title: "Invalid SSL certificate" }],
  [/while SSL handshaking to upstream/, { status: 525, title: "SSL handshake failed" }],
  [/connect\(\) failed \(111:/, { status: 521, title: "Web server is down" }],
  [
    /connect\(\) failed \((101|113):|connect\(\) to .* failed \((101|113):/,
    { status: 523, title: "Origin is unreachable" },
  ],
  [/timed out .*while connecting to upstream/, { status: 522, title: "Connection timed out" }],
  [/timed out/, { status: 524, title: "A timeout occurred" }],
];

const UNKNOWN: OriginError = { status: 520, title: "Web server is returning an unknown error" };

/** `cause`: nginx's message; undefined when there is none. */
export function findOriginError(cause: string | undefined): OriginError {
  return CAUSES.find(([pattern]) => pattern.test(cause ?? ""))?.[1] ?? UNKNOWN;
}

/**
 * The message of the last error that nginx has logged for a request of a connection, without the request's own text.
 * Several requests of one HTTP/2 connection are told apart by their request line.
 */
export function findCause(log: string, connection: string, request: string): string | undefined {
  const line = log
    .split("\n")
    .reverse()
    .find((text) => text.includes(`: *${connection} `) && text.includes(`, request: "${request}"`));
  return line?.slice(line.indexOf(`: *${connection} `) + connection.length + 4, line.indexOf(", client: "));
}

/** A small page that names the cause. */
export function renderErrorPage({ status, title }: OriginError, host: string, ray: string, cause?: string): string {
  const page = [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<title>${escapeHtml(host)} | ${status}: ${title}</title>`,
    `<h1>Error ${status}: ${title}</h1>`,
    `<p>You, working. The local Cloudflare edge, working. ${escapeHtml(host)}, the origin: error.</p>`,
    `<p>What the edge saw: <code>${escapeHtml(cause ?? "no answer that it understands")}</code></p>`,
    `<p>Ray ID: ${escapeHtml(ray)}</p>`,
    "</html>",
    "",
  ];
  return page.join("\n");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
