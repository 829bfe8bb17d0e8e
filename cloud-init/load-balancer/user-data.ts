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
import { checkBoolean, checkEach, checkWhole, shown } from "../value-checks";

/** What of the load balancers is yours. */
export interface LoadBalancerContents extends NodeContents {
  /**
   * Whether the public name, asked through Cloudflare, counts as a last witness before a load balancer takes the
   * address over. @default true
   */
  readonly edgeWitness?: boolean;
  /**
   * Tells browsers to use HTTPS only, whatever a link says (RFC 6797). They keep to it for as long as they were told, also when
   * you regret it. An answer in which the application says so itself stays as it is. @default nothing is said
   */
  readonly strictTransportSecurity?: StrictTransportSecurity;
  /**
   * What one visitor's address may ask for; what is more is answered 429. Of IPv6 it is the network of 64 bits. Many people
   * may share an address (an office, a mobile network). Each load balancer counts for itself. @default no limit
   */
  readonly limitsPerAddress?: LimitsPerAddress;
}

/** What browsers are told about HTTPS. */
export interface StrictTransportSecurity {
  /** For how long, 0 to 3650 days; 0 takes back what was said. */
  readonly maximumAgeDays: number;
  /** Whether it holds for all names below the site's own, too. @default false */
  readonly includeSubdomains?: boolean;
  /**
   * Whether the name may go into the list that browsers come with (hstspreload.org), from which it is hard to remove: 365
   * days and includeSubdomains are what it asks for. @default false
   */
  readonly preload?: boolean;
}

/** What one address may ask for. */
export interface LimitsPerAddress {
  /** Requests a second, over ten seconds: 1 to 100,000. */
  readonly requestsPerSecond: number;
  /** Requests that are not answered yet, websockets and event streams among them: 1 to 8,000. @default 1000 */
  readonly requestsAtATime?: number;
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

export const limitsPerAddressDefaults = { requestsAtATime: 1000 };

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
  strictTransportSecurity: (path, value) => {
    const problems = checkGroup(path, value, strictTransportSecurityChecks, { required: ["maximumAgeDays"] });
    if (problems.length > 0 || !value.preload) return problems;
    const fits = value.includeSubdomains && value.maximumAgeDays >= preloadDays;
    return fits ? [] : [{ path: `${path}.preload`, message: preloadProblem }];
  },
  limitsPerAddress: (path, value) =>
    checkGroup(path, value, limitsPerAddressChecks, { required: ["requestsPerSecond"] }),
};

const strictTransportSecurityChecks: Checks<StrictTransportSecurity> = {
  maximumAgeDays: (path, value) => checkWhole(path, value, 0, 3650),
  includeSubdomains: checkBoolean,
  preload: checkBoolean,
};
/** What hstspreload.org asks for. */
const preloadDays = 365;
const preloadProblem = `must be false, or includeSubdomains true and maximumAgeDays at least ${preloadDays}: the list takes no other names`;

const limitsPerAddressChecks: Checks<LimitsPerAddress> = {
  requestsPerSecond: (path, value) => checkWhole(path, value, 1, 100_000),
  requestsAtATime: (path, value) => checkWhole(path, value, 1, 8000),
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
        ...renderLimits(settings.limitsPerAddress),
      },
      "/etc/infrastructure/discovery.json": { OTHER_TAG_KEYS: otherKeys.map((key) => `, "${key}"`).join("") },
    },
    files: [
      ...otherTagsFiles(otherTags),
      { path: "/etc/haproxy/hostnames.map", content: renderHostnames(settings) },
      {
        path: "/etc/haproxy/strict-transport-security.map",
        content: renderStrictTransportSecurity(settings.strictTransportSecurity),
      },
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
 * A pattern of each name, and what it leads to: the site ("-") or its own name. A wildcard leaves out the names that the
 * site is seen under: the site's own would lead to itself for ever.
 */
function renderHostnames({ hostname, otherHostnames = [] }: LoadBalancerSettings): string {
  // In a late name a dot is any character: it must stay what Terraform reads.
  const escape = (name: string) => (isLate(name) ? name : name.replaceAll(".", "\\.").replace(/^\*/, "[^.]+"));
  const line = (pattern: string, to: string) => `^${pattern}\\.?$ ${to}\n`;
  const seen = [hostname, ...otherHostnames.filter(({ redirects }) => !redirects).map((other) => other.hostname)];
  const exceptions = `(?!(${seen.map(escape).join("|")})\\.?$)`;
  const led = otherHostnames.filter(({ redirects }) => redirects).map((other) => other.hostname);
  return [
    "# Names of the site, as patterns, and where they lead to: - is the site.\n",
    ...seen.map((name) => line(escape(name), "-")),
    ...led.map((name) => line(`${name.startsWith("*") ? exceptions : ""}${escape(name)}`, hostname)),
  ].join("");
}

function renderStrictTransportSecurity(setting: StrictTransportSecurity | undefined): string {
  const comment = "# What answers say of HTTPS.\n";
  if (setting === undefined) return comment;
  const { maximumAgeDays, includeSubdomains, preload } = setting;
  const scope = `${includeSubdomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
  return `${comment}answers max-age=${maximumAgeDays * 86_400}${scope}\n`;
}

function renderLimits(limits: LimitsPerAddress | undefined): Record<"ADDRESS_REQUESTS" | "ADDRESS_AT_A_TIME", string> {
  if (limits === undefined) return { ADDRESS_REQUESTS: "", ADDRESS_AT_A_TIME: "" };
  const { requestsPerSecond, requestsAtATime = limitsPerAddressDefaults.requestsAtATime } = limits;
  return { ADDRESS_REQUESTS: `${requestsPerSecond * 10}`, ADDRESS_AT_A_TIME: `${requestsAtATime}` };
}
