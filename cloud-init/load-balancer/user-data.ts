import { isIPv4 } from "node:net";
import { type Checks, checkGroup } from "../check-group";
import { Hostname } from "../hostname";
import { isLate } from "../late-values";
import {
  checkTag,
  checkToken,
  nodeChecks,
  nodeContentsChecks,
  type NodeContents,
  type NodeSettings,
} from "../node-settings";
import { checkPem } from "../pem";
import { otherTagKey, otherTagsFiles } from "../other-tags";
import { pageValues } from "../page-style";
import { ports } from "../ports";
import { problemsOf, throwProblems, type Problem } from "../problems";
import { checkRequestTimeout, defaultRequestTimeoutSeconds, silenceMarginsSeconds } from "../request-limits";
import { renderRoleUserData, roleFiles, type Role } from "../role-user-data";
import type { HostFile } from "../host-file";
import { checkBoolean, checkEach, shown } from "../value-checks";

/** What of the load balancers is yours. */
export interface LoadBalancerContents extends NodeContents {
  /**
   * Whether the public name, asked through Cloudflare, counts as a last witness before a load balancer takes the
   * address over. @default true
   */
  readonly edgeWitness?: boolean;
}

/** A further name of the site. */
export interface SiteHostname {
  /** The name, `example.com`; `*.example.com` is every name one level below that has no record of its own. */
  readonly hostname: string;
  /**
   * Whether visitors are sent on to the site's own name, with path and query (301, or 308 where the method must stay),
   * or see the site under this name. @default false
   */
  readonly redirects?: boolean;
}

/** What a load balancer is told. Every value may be late. */
export interface LoadBalancerSettings extends NodeSettings, LoadBalancerContents {
  /** Public name of the site, `www.example.com`: the last witness asks it. */
  readonly hostname: string;
  /** Its further names. @default none */
  readonly otherHostnames?: readonly SiteHostname[];
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
  /** Seconds that the application may be silent; web nodes are told the same. @default 100 */
  readonly requestTimeoutSeconds?: number;
  /** Whether web nodes have static content: a file that one of them has not got is then asked of the others. @default false */
  readonly webFiles?: boolean;
  /** Tags of tiers besides the three, whose nodes are asked for their readiness through the load balancers. @default none */
  readonly otherTags?: readonly string[];
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

/** Checks of what is yours on the load balancers. */
export const loadBalancerContentsChecks: Checks<LoadBalancerContents> = {
  ...nodeContentsChecks,
  edgeWitness: checkBoolean,
};

/** Everything that is wrong with the settings; late values cannot be checked. */
export function checkLoadBalancerSettings(settings: LoadBalancerSettings): Problem[] {
  return checkGroup("", settings, {
    ...nodeChecks,
    ...loadBalancerContentsChecks,
    hostname: (path, name) => (isLate(name) ? [] : problemsOf(path, () => Hostname.parse(name))),
    otherHostnames: (path, names) =>
      checkEach(path, names, (at, name) => checkGroup(at, name, siteHostnameChecks, { required: ["hostname"] })),
    reservedIp: checkAddress,
    failoverToken: checkToken,
    discoveryToken: checkToken,
    certificate: checkPem,
    privateKey: checkPem,
    clientAuthority: checkPem,
    requestTimeoutSeconds: checkRequestTimeout,
    webFiles: checkBoolean,
    otherTags: (path, tags) => checkEach(path, tags, checkTag),
  });
}

/** Checks of a further name. */
export const siteHostnameChecks: Checks<SiteHostname> = {
  hostname: (path, name) =>
    problemsOf(path, () => Hostname.parse(typeof name === "string" ? name.replace(/^\*\./, "") : name)),
  redirects: checkBoolean,
};

/** Problems of the address of the site; may be late. */
export function checkAddress(path: string, address: string): Problem[] {
  if (isLate(address) || (typeof address === "string" && isIPv4(address))) return [];
  return [{ path, message: `must be an IPv4 address, got ${shown(address)}` }];
}

function loadBalancer(settings: LoadBalancerSettings): Role {
  const secret = (path: string, content: string, reserveBytes?: number): HostFile => ({
    path,
    content: `${content}\n`,
    permissions: "0600",
    reserveBytes,
  });
  const otherTags = settings.otherTags ?? [];
  const otherKeys = otherTags.map((_, index) => otherTagKey(index));
  return {
    name: "load-balancer",
    discovers: true,
    packages: ["haproxy", "iproute2", "iputils-ping", "keepalived"],
    values: {
      ...pageValues("maintenance"),
      "/etc/infrastructure/role.env": {
        RESERVED_IP: settings.reservedIp,
        PUBLIC_HOSTNAME: settings.hostname,
        EDGE_WITNESS: (settings.edgeWitness ?? true) ? "yes" : "no",
        VXLAN_PORT: String(ports.vxlan),
        WEB_FILES: settings.webFiles ? "yes" : "no",
        SILENCE_SECONDS: String(
          (settings.requestTimeoutSeconds ?? defaultRequestTimeoutSeconds) + silenceMarginsSeconds.loadBalancer,
        ),
      },
      "/etc/infrastructure/discovery.json": { OTHER_TAG_KEYS: otherKeys.map((key) => `, "${key}"`).join("") },
    },
    files: [
      ...otherTagsFiles(otherTags),
      { path: "/etc/haproxy/redirects.map", content: renderRedirects(settings) },
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
      "tickle-edge.service",
      "keepalived.service",
    ],
  };
}

/**
 * A pattern of each name whose visitors are sent on, and where to. A wildcard leaves out the names that the site is seen
 * under: the site's own would lead to itself for ever.
 */
function renderRedirects({ hostname, otherHostnames = [] }: LoadBalancerSettings): string {
  const escape = (name: string) => name.replaceAll(".", "\\.").replace(/^\*/, "[^.]+");
  const seen = [hostname, ...otherHostnames.filter(({ redirects }) => !redirects).map((other) => other.hostname)];
  const exceptions = `(?!(${seen.map(escape).join("|")})$)`;
  const lines = otherHostnames
    .filter(({ redirects }) => redirects)
    .map((other) => `^${other.hostname.startsWith("*") ? exceptions : ""}${escape(other.hostname)}$ ${hostname}\n`);
  return ["# Names whose visitors are sent on, as patterns, and where to.\n", ...lines].join("");
}
