import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { hostnameProblem } from "../pki/subject-names";
import { loopbackName } from "../platform/loopback-name";
import type { EdgeHostname } from "../platform/platform";

const TLS_VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;

/** The part of the edge's configuration that depends on the names. `generation` tells one configuration from another. */
export function renderHostnames(hostnames: readonly EdgeHostname[], generation: number): string {
  refuseProblems(hostnames);
  return [
    renderTlsVersions(hostnames),
    `server { listen unix:/srv/status.sock; return 200 "${generation}"; }`,
    ...hostnames.map(renderHostname),
    "",
  ].join("\n");
}

/** Where the edge keeps the certificate that it shows to visitors of a name, and the one that it shows to the origin. */
export function certificateFiles({ hostname }: Pick<EdgeHostname, "hostname">) {
  const name = createHash("sha256").update(hostname).digest("hex").slice(0, 16);
  return { visitor: `${name}.visitor`, origin: `${name}.origin` };
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
  const tlsToOrigin = ssl === "full" || ssl === "strict";
  const plain = alwaysUseHttps && ssl !== "off" ? redirect("https") : proxy(host, false);
  const secure = ssl === "off" ? redirect("http") : proxy(host, tlsToOrigin);
  const certificate = `/srv/tls/${certificateFiles(host).visitor}`;
  return [
    renderUpstream(host, 80),
    ...(tlsToOrigin ? [renderUpstream(host, 443)] : []),
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

/** `max_fails=0`: every request tries the origin anew, as nothing else can take it. */
function renderUpstream(host: EdgeHostname, port: number): string {
  const addresses = host.origins.map((address) => (isIP(address) === 6 ? `[${address}]` : address));
  return [
    `upstream ${upstreamName(host, port)} {`,
    ...addresses.map((address) => `    server ${address}:${port} max_fails=0;`),
    "    keepalive 64;",
    "}",
  ].join("\n");
}

function redirect(scheme: "http" | "https"): string[] {
  return [`    return 301 ${scheme}://$host$request_uri;`];
}

function proxy(host: EdgeHostname, tls: boolean): string[] {
  const upstream = upstreamName(host, tls ? 443 : 80);
  return [
    "    location / {",
    `        proxy_pass ${tls ? "https" : "http"}://${upstream};`,
    ...(tls ? renderOriginTls(host).map((line) => `        ${line}`) : []),
    "        include /srv/configuration/to-origin.conf;",
    "    }",
    "    include /srv/configuration/origin-error.conf;",
  ];
}

function renderOriginTls(host: EdgeHostname): string[] {
  const name = ["proxy_ssl_server_name on;", "proxy_ssl_name $site;"];
  const verify = ["proxy_ssl_verify on;", "proxy_ssl_trusted_certificate /srv/tls/trusted.pem;"];
  const { origin } = certificateFiles(host);
  // Through a variable: nginx then reads it for each connection to the origin, and another one needs no reload.
  const present = [
    `set $shown /srv/tls/${origin};`,
    "proxy_ssl_certificate $shown.pem;",
    "proxy_ssl_certificate_key $shown.key;",
  ];
  return [...name, ...(host.ssl === "strict" ? verify : []), ...(host.clientCertificate ? present : [])];
}

function upstreamName({ hostname }: EdgeHostname, port: number): string {
  return `${hostname.replace("*", "any")}-${port}`;
}

/** Names and addresses become directives: what is not one is refused here, all of them at once. */
function refuseProblems(hostnames: readonly EdgeHostname[]): void {
  const problems = hostnames.flatMap(({ hostname, origins }, index) => {
    const name = hostnameProblem(hostname);
    const wrong = origins.filter((address) => isIP(address) === 0);
    return [
      ...(name === undefined ? [] : [`edge hostnames[${index}]: ${name}`]),
      ...(origins.length > 0 ? [] : [`edge hostnames[${index}].origins: at least one is needed, got none`]),
      ...wrong.map((address) => `edge hostnames[${index}].origins: must be addresses, got ${JSON.stringify(address)}`),
    ];
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
