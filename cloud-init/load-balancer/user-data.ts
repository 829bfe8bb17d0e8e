import { isIPv4 } from "node:net";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import { checkNodeSettings, checkToken, type NodeSettings } from "../node-settings";
import { ports } from "../ports";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import type { HostFile } from "../host-file";

/** What a load balancer is told. Every value may be late. */
export interface LoadBalancerSettings extends NodeSettings {
  /** Public name of the site, `www.example.com`: the last witness asks it. */
  readonly hostname: string;
  /** The reserved IPv4 address that the pair shares. */
  readonly reservedIp: string;
  /** DigitalOcean token that may move the reserved IP: reserved_ip:read and :update and what these require. */
  readonly failoverToken: string;
  /** DigitalOcean token that may list droplets: droplet:read, tag:read. */
  readonly discoveryToken: string;
  /** PEM of the origin certificate, with the chain if there is one. */
  readonly certificate: string;
  /** PEM of its private key. */
  readonly privateKey: string;
  /** PEM of the authority that signed the edge's client certificate (Authenticated Origin Pulls). */
  readonly clientAuthority: string;
  /** Whether the public name through the edge is asked before a claim. @default true */
  readonly edgeWitness?: boolean;
}

/** Room for a certificate or a key that is made at apply: RSA 2048 fits. */
const pemBytes = 2048;

/** User-data of every load balancer of a pair. Throws a `SettingsError` with all problems of the settings. */
export function loadBalancerUserData(settings: LoadBalancerSettings): string {
  throwProblems(checkLoadBalancerSettings(settings));
  return renderRoleUserData(loadBalancer(settings), settings);
}

/** The files of a load balancer as they will stand on it. */
export function loadBalancerFiles(settings: LoadBalancerSettings): HostFile[] {
  return roleFiles(loadBalancer(settings), settings);
}

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkLoadBalancerSettings(settings: LoadBalancerSettings): Problem[] {
  const { hostname, reservedIp } = settings;
  return [
    ...checkNodeSettings(settings),
    ...(isLate(hostname) ? [] : problemsOf("hostname", () => Hostname.parse(hostname))),
    ...(isLate(reservedIp) || isIPv4(reservedIp)
      ? []
      : [{ path: "reservedIp", message: `must be an IPv4 address, got ${JSON.stringify(reservedIp)}` }]),
    ...checkToken("failoverToken", settings.failoverToken),
    ...checkToken("discoveryToken", settings.discoveryToken),
    ...(["certificate", "privateKey", "clientAuthority"] as const).flatMap((key) => checkPem(key, settings[key])),
  ];
}

function checkPem(path: string, text: string): Problem[] {
  return isLate(text) || /^-----BEGIN [A-Z0-9 ]+-----\n[\s\S]+-----END [A-Z0-9 ]+-----\n*$/.test(text)
    ? []
    : [{ path, message: `must be PEM (-----BEGIN … END-----), got ${text.length} characters of something else` }];
}

function loadBalancer(settings: LoadBalancerSettings): Role {
  const secret = (path: string, content: string, reserveBytes?: number): HostFile => ({
    path,
    content: `${content}\n`,
    permissions: "0600",
    reserveBytes,
  });
  return {
    name: "load-balancer",
    packages: ["haproxy", "iproute2", "iputils-ping", "keepalived"],
    values: {
      "/etc/infrastructure/role.env": {
        RESERVED_IP: settings.reservedIp,
        PUBLIC_HOSTNAME: settings.hostname,
        EDGE_WITNESS: (settings.edgeWitness ?? true) ? "yes" : "no",
        VXLAN_PORT: String(ports.vxlan),
      },
    },
    files: [
      secret("/etc/infrastructure/failover.token", settings.failoverToken),
      secret("/etc/infrastructure/discovery.token", settings.discoveryToken),
      secret("/etc/haproxy/tls/site.pem", settings.certificate, pemBytes),
      secret("/etc/haproxy/tls/site.pem.key", settings.privateKey, pemBytes),
      secret("/etc/haproxy/tls/client-authority.pem", settings.clientAuthority, pemBytes),
    ],
    // The overlay's peers before its election, and the reader of transitions before their writer.
    units: [
      "haproxy.service",
      "vrrp-overlay.service",
      "discover-nodes.service",
      "hold-reserved-ip.service",
      "keepalived.service",
    ],
  };
}
