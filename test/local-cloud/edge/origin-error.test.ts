import { findCause, findOriginError, renderErrorPage } from "../../../local-cloud/edge/origin-error";

const prefix = "2026/11/23 04:22:42 [error] 14#14: ";
const suffix = (request: string) =>
  `, client: 192.0.2.2, server: www.example.com, request: "${request}", upstream: "https://198.51.100.10:443/", host: "www.example.com"`;
const line = (connection: number, cause: string, request = "GET / HTTP/2.0") =>
  `${prefix}*${connection} ${cause}${suffix(request)}`;

describe("errors of an origin", () => {
  test.each([
    ["connect() failed (111: Connection refused) while connecting to upstream", 521],
    ["upstream timed out (110: Connection timed out) while connecting to upstream", 522],
    ["connect() failed (113: No route to host) while connecting to upstream", 523],
    ["connect() to 198.51.100.10:443 failed (101: Network is unreachable) while connecting to upstream", 523],
    ["upstream timed out (110: Connection timed out) while reading response header from upstream", 524],
    ["peer closed connection in SSL handshake while SSL handshaking to upstream", 525],
    ["upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream", 526],
    ['upstream SSL certificate does not match "www.example.com" while SSL handshaking to upstream', 526],
    ["upstream prematurely closed connection while reading response header from upstream", 520],
  ])("nginx's “%s” is Cloudflare's %i", (cause, status) => {
    expect(findOriginError(findCause(line(7, cause), "7", "GET / HTTP/2.0")).status).toBe(status);
  });

  test("no known cause is 520", () => expect(findOriginError(undefined).status).toBe(520));

  test("the cause is the last one of the same connection and request", () => {
    const log = [
      line(7, "first"),
      line(7, "mine"),
      line(7, "of another request", "GET /other HTTP/2.0"),
      line(77, "of another connection"),
      "",
    ].join("\n");
    expect(findCause(log, "7", "GET / HTTP/2.0")).toBe("mine");
    expect(findCause(log, "8", "GET / HTTP/2.0")).toBeUndefined();
  });

  test("the page names status, cause and ray, and nothing in them becomes markup", () => {
    const page = renderErrorPage({ status: 521, title: "Web server is down" }, "<b>", "ray-1", "<script>");
    expect(page).toContain("Error 521: Web server is down");
    expect(page).toContain("ray-1");
    expect(page).not.toMatch(/<b>|<script>/);
  });
});
