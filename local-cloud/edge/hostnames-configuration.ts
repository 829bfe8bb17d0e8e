import { loopbackName } from "../platform/loopback-name";
import type { EdgeHostname } from "../platform/platform";
import { certificateFiles, originName, type OriginPort } from "./origins-configuration";

const TLS_VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;

/** The part of Nginx's configuration that depends on the names. `generation` tells one configuration from another. */
export function renderHostnames(hostnames: readonly EdgeHostname[], generation: number): string {
  return [
    renderTlsVersions(hostnames),
    `server { listen unix:/srv/status.sock; return 200 "${generation}"; }`,
    ...hostnames.map(renderHostname),
    "",
  ].join("\n");
}

/**
 * TLS versions are chosen before the name is known to nginx, so all names have the lowest minimum that one of them
 * asks for. Cloudflare sets it for a whole zone.
 */
function renderTlsVersions(hostnames: readonly EdgeHostname[]): string {
  const minimum = Math.min(...hostnames.map(({ minimumTls }) => TLS_VERSIONS.indexOf(minimumTls)), 3);
  const versions = TLS_VERSIONS.slice(minimum).map((version) => (version === "1.0" ? "TLSv1" : `TLSv${version}`));
  // OpenSSL 3 has no cipher for TLS 1.0 and 1.1 at its default level.
  const ciphers = minimum < 2 ? "\nssl_ciphers DEFAULT:@SECLEVEL=0;" : "";
  return `ssl_protocols ${versions.join(" ")};${ciphers}`;
}

function renderHostname(host: EdgeHostname): string {
  const { hostname, ssl, alwaysUseHttps } = host;
  const plain = alwaysUseHttps && ssl !== "off" ? redirect("https") : toLocation(host, 80);
  const secure = ssl === "off" ? redirect("http") : toLocation(host, ssl === "flexible" ? 80 : 443);
  const certificate = `/srv/tls/${certificateFiles(host).visitor}`;
  return [
    "server {",
    "    listen 80;",
    `    server_name ${hostname};`,
    ...plain,
    "}",
    "server {",
    "    listen 443 ssl;",
    "    listen unix:/srv/edge.sock ssl;",
    "    http2 on;",
    `    server_name ${hostname} ${loopbackName(hostname)};`,
    `    ssl_certificate ${certificate}.pem;`,
    `    ssl_certificate_key ${certificate}.key;`,
    ...secure,
    "}",
  ].join("\n");
}

function redirect(scheme: "http" | "https"): string[] {
  return [`    return 301 ${scheme}://$host$request_uri;`];
}

function toLocation(host: EdgeHostname, port: OriginPort): string[] {
  return [`    set $origin ${originName(host, port)};`, "    include /srv/configuration/to-location.conf;"];
}
