/** The name under which a browser on this machine reaches a site, without a change of its resolver. */
export function loopbackName(hostname: string): string {
  return `${hostname}.localhost`;
}
