import { type Checks, checkGroup } from "../cloud-init/check-group";
import { Hostname } from "../cloud-init/hostname";
import { type SiteHostname, siteHostnameChecks } from "../cloud-init/load-balancer/user-data";
import type { Problem } from "../cloud-init/problems";
import { checkEach, shown } from "../cloud-init/value-checks";
import { normalizeRoutes, type Route } from "../cloud-init/web/routes";
import { type OtherZoneSettings, type ZoneSettings, checkOtherZone } from "./zone";

/** A further name of the site, which has no record yet. */
export interface OtherHostname extends SiteHostname {
  /** The zone that it is in; all names that name a zone by one id say the same of it. @default the site's */
  readonly zone?: OtherZoneSettings;
}

/** As many as Cloudflare puts into one origin certificate (https://developers.cloudflare.com/ssl/origin-configuration/origin-ca/). */
export const maximumHostnames = 100;

/** A name in the form in which DNS has it, ASCII and lower case; undefined for what is none. */
export function tryNormalize(hostname: string): string | undefined {
  try {
    return Hostname.parse(hostname).toString();
  } catch {
    return undefined;
  }
}

/** Further names in that form; what is none stays as it is, for the checks to tell. */
export function normalizeOtherHostnames(others: readonly OtherHostname[]): OtherHostname[] {
  return others.map((other) => {
    if (typeof other?.hostname !== "string") return other;
    const { wildcard, name } = split(other.hostname);
    const hostname = tryNormalize(name);
    return hostname === undefined ? other : { ...other, hostname: `${wildcard}${hostname}` };
  });
}

function split(hostname: string): { wildcard: string; name: string } {
  return hostname.startsWith("*.") ? { wildcard: "*.", name: hostname.slice(2) } : { wildcard: "", name: hostname };
}

/** Problems of the further names of a site. */
export function checkOtherHostnames(
  path: string,
  others: readonly OtherHostname[],
  { hostname, zone }: { readonly hostname: string; readonly zone: ZoneSettings },
): Problem[] {
  const each = checkEach(path, others, (at, other) =>
    checkGroup(at, other, otherHostnameChecks, { required: ["hostname"] }),
  );
  if (each.length > 0) return each;
  const names = [hostname, ...normalizeOtherHostnames(others).map((other) => other.hostname)];
  const number = `must be at most ${maximumHostnames - 1}, got ${others.length}, use a wildcard such as "*.example.com"`;
  return [
    ...(names.length > maximumHostnames ? [{ path, message: number }] : []),
    ...others.flatMap((other, index) => [
      ...checkOnce(`${path}[${index}].hostname`, names, index + 1),
      ...checkZoneOf(`${path}[${index}].zone`, other, others, zone),
    ]),
  ];
}

/** Problems of the name of the site's zone, in which the site's own name has to be. */
export function checkNameOfZone(path: string, zoneName: string | undefined, hostname: string): Problem[] {
  const [zone, name] = [zoneName, hostname].map((text) => tryNormalize(text!));
  if (zone === undefined || name === undefined || `.${name}`.endsWith(`.${zone}`)) return [];
  return [{ path, message: `must be the zone of ${name}, got ${shown(zoneName)}` }];
}

/** Problems of the names that routes are for: each has to be one that visitors see the site under. */
export function checkRouteHostnames(
  path: string,
  routes: readonly Route[],
  { hostname, otherHostnames = [] }: { readonly hostname: string; readonly otherHostnames?: readonly OtherHostname[] },
): Problem[] {
  const others = normalizeOtherHostnames(otherHostnames);
  const seen = [hostname, ...others.filter(({ redirects }) => !redirects).map((other) => other.hostname)];
  return normalizeRoutes(routes).flatMap(({ hostname: name }, index) => {
    const problem = (message: string) => [
      { path: `${path}[${index}].hostname`, message: `${message}, got ${shown(name)}` },
    ];
    if (name === undefined || seen.includes(name)) return [];
    if (others.some((other) => other.hostname === name))
      return problem("must be a name that the site is seen under, and this one only redirects");
    if (seen.includes(name.replace(/^[^.]+/, "*"))) return [];
    return problem(`must be one of ${seen.join(", ")}, or be added to otherHostnames`);
  });
}

/** The names that a site has by themselves, without those that a wildcard covers. */
export function ownNames({
  hostname,
  otherHostnames = [],
}: {
  readonly hostname: string;
  readonly otherHostnames?: readonly OtherHostname[];
}): string[] {
  return [hostname, ...otherHostnames.map((other) => other.hostname)].filter((name) => !name.startsWith("*."));
}

function checkOnce(path: string, names: readonly string[], index: number): Problem[] {
  const name = names[index]!;
  return names.indexOf(name) === index ? [] : [{ path, message: `must be there once, got ${shown(name)} again` }];
}

const otherHostnameChecks: Checks<OtherHostname> = {
  ...siteHostnameChecks,
  zone: checkOtherZone,
};

function checkZoneOf(
  path: string,
  { zone }: OtherHostname,
  others: readonly OtherHostname[],
  own: ZoneSettings | undefined,
): Problem[] {
  if (zone === undefined) return [];
  if (zone.id === own?.id) return [{ path, message: "is the site's own zone, leave it out" }];
  if (own?.clientAuthorities !== undefined)
    return [
      { path, message: "needs a client certificate of this site, which zone.clientAuthorities leaves to another one" },
    ];
  const first = others.find((other) => other.zone?.id === zone.id)?.zone;
  const differs = (["manageSettings", "minimumTlsVersion"] as const).find((name) => first?.[name] !== zone[name]);
  return differs === undefined
    ? []
    : [
        {
          path: `${path}.${differs}`,
          message: `must be what the first name of zone "${zone.id}" has, got another value`,
        },
      ];
}

/** The zones besides the site's own, each once. */
export function otherZones(others: readonly OtherHostname[]): OtherZoneSettings[] {
  return [...new Map(others.flatMap(({ zone }) => (zone === undefined ? [] : [[zone.id, zone]]))).values()];
}

/**
 * What is to be said about a name that Cloudflare's free certificate does not cover, which has the zone's name and one level
 * below it (https://developers.cloudflare.com/ssl/edge-certificates/universal-ssl/limitations/); undefined if there is
 * nothing, or if the zone is not known and the name may well be covered.
 */
export function certificateWarning(hostname: string, zoneName?: string): string | undefined {
  const labels = hostname.split(".").length;
  const covered = zoneName === undefined ? likelyZoneLabels(hostname) + 1 : zoneName.split(".").length + 1;
  if (labels <= covered) return undefined;
  const zone =
    zoneName ??
    hostname
      .split(".")
      .slice(1 - covered)
      .join(".");
  return (
    `${hostname} is ${labels - covered + 1} levels below ${zone}: Cloudflare's free certificate covers one level, so that visitors ` +
    `get a TLS error until the zone has an advanced certificate (Advanced Certificate Manager, which Cloudflare charges for).` +
    (zoneName === undefined ? ` If the zone is another one, say its name: zone.name.` : "")
  );
}

/** Two labels, or three below what looks like a public suffix of two: example.co.uk. */
function likelyZoneLabels(hostname: string): number {
  return /\.(ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$/.test(hostname) ? 3 : 2;
}
