import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { hostnameProblem } from "../pki/subject-names";
import type { EdgeHostname } from "../platform/platform";

export type OriginPort = 80 | 443;

/** The part of HAProxy's configuration that depends on the names: the same for each location of the edge. */
export function renderOrigins(hostnames: readonly EdgeHostname[]): string {
  refuseProblems(hostnames);
  return hostnames.flatMap((host) => [renderOrigin(host, 80), renderOrigin(host, 443)]).join("\n");
}

/** What Nginx calls the origins of a name when it passes a request on. */
export function originName({ hostname }: Pick<EdgeHostname, "hostname">, port: OriginPort): string {
  return `${hostname.replace("*", "any")}-${port}`;
}

/**
 * Where the edge keeps the certificate that it shows to visitors of a name (`.pem` and `.key`), and the one that it
 * shows to the origin (`.pem`, with its key), which has another name when it is another one.
 */
export function certificateFiles({
  hostname,
  clientCertificate,
}: Pick<EdgeHostname, "hostname" | "clientCertificate">) {
  const name = digest(hostname);
  return { visitor: `${name}.visitor`, origin: `${name}.${digest(clientCertificate?.certificate ?? "")}` };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function renderOrigin(host: EdgeHostname, port: OriginPort): string {
  // HAProxy takes "tcp-ut" on the lines of the servers only.
  const options = ['tcp-ut "${ACKNOWLEDGE_SECONDS}s"', ...(port === 443 ? [renderTls(host)] : [])].join(" ");
  // Another address is tried once, at once; with one address there is nothing to repeat.
  const again =
    host.origins.length > 1 ? ["    retries 1", "    option redispatch 1", "    retry-on conn-failure"] : [];
  return [
    `backend ${originName(host, port)} from origins`,
    ...again,
    ...host.origins.map((address, index) => `    server origin-${index + 1} ${bracketed(address)}:${port} ${options}`),
    "",
  ].join("\n");
}

function renderTls(host: EdgeHostname): string {
  const verify = host.ssl === "strict" ? "verify required ca-file /srv/tls/trusted.pem" : "verify none";
  const show = host.clientCertificate ? [`crt /srv/tls/${certificateFiles(host).origin}.pem`] : [];
  const protocols = host.originHttp === "2" ? "h2,http/1.1" : "http/1.1";
  return [`ssl sni req.hdr(host),host_only ${verify}`, ...show, `alpn ${protocols}`].join(" ");
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
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
