import type { EdgeHostname } from "../platform/platform";

export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

const CNAME_CHAIN_LIMIT = 8;

/**
 * What the cloud's name server answers: proxied names lead to the edge, the others to the content of their A and CNAME
 * records. A CNAME is followed here; one that leads out of the given names is left out. So are AAAA records, as the
 * cloud has no IPv6, all other types, and wildcards, which the name server does not know.
 */
export function resolvePublicNames(
  proxied: ReadonlyArray<Pick<EdgeHostname, "hostname">>,
  records: readonly DnsRecord[],
  edgeAddress: string,
): Map<string, string[]> {
  const answers = new Map<string, string[]>();
  for (const { name, type, content } of records) {
    if (type === "A") answers.set(plain(name), [...(answers.get(plain(name)) ?? []), content]);
  }
  for (const { hostname } of proxied) answers.set(plain(hostname), [edgeAddress]);
  const aliases = new Map(
    records.flatMap(({ name, type, content }) => (type === "CNAME" ? [[plain(name), plain(content)]] : [])),
  );
  for (const alias of aliases.keys()) {
    if (answers.has(alias)) continue;
    const addresses = answers.get(followAliases(alias, aliases));
    if (addresses) answers.set(alias, addresses);
  }
  return new Map([...answers].filter(([name]) => !name.startsWith("*")));
}

function followAliases(name: string, aliases: ReadonlyMap<string, string>): string {
  let target = name;
  for (let step = 0; step < CNAME_CHAIN_LIMIT; step++) target = aliases.get(target) ?? target;
  return target;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
