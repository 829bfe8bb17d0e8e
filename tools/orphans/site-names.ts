/** Attributes by resource type and name. */
interface Configuration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** A public name and the Cloudflare zone that it is in. */
export interface SiteHostname {
  readonly hostname: string;
  readonly zoneId: string;
}

/** The public names in a synthesized stack. */
export function siteHostnames(stackJson: string): SiteHostname[] {
  const { resource = {} } = JSON.parse(stackJson) as Configuration;
  return Object.values(resource["cloudflare_dns_record"] ?? {}).flatMap(({ name, zone_id: zoneId }) =>
    typeof name === "string" && typeof zoneId === "string" ? [{ hostname: name, zoneId }] : [],
  );
}

/** The names of the sites in a synthesized stack, which their tags tell: `www-example-com-load-balancer`. */
export function siteNames(stackJson: string): string[] {
  const { resource = {} } = JSON.parse(stackJson) as Configuration;
  return Object.values(resource["digitalocean_tag"] ?? {})
    .flatMap(({ name }) => (typeof name === "string" ? [/^(.+)-load-balancer$/.exec(name)?.[1] ?? []].flat() : []))
    .sort();
}
