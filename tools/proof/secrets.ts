import type { Configuration } from "./configuration";
import type { DropletGroup } from "./droplet-groups";
import { knownFilesOf, userDataOf } from "./user-data";

/** A secret, and a place that it reaches. */
export interface SecretFlow {
  /** `var.failover_token`, `tls_private_key.origin.private_key_pem`; of a digest, `sha256(…)` of that. */
  readonly secret: string;
  /** A group of droplets, or "whoever runs Terraform". */
  readonly to: string;
  /** The file there; of another place, what it is given to. */
  readonly place: string;
}

export const OPERATOR = "whoever runs Terraform";

/** Attributes that the providers call sensitive, by the types that have them. */
export const SENSITIVE: Readonly<Record<string, readonly string[]>> = {
  tls_private_key: ["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"],
  digitalocean_database_cluster: ["password", "uri", "private_uri", "ui_password", "ui_uri"],
  digitalocean_database_replica: ["password", "uri", "private_uri"],
  digitalocean_database_connection_pool: ["password", "uri", "private_uri"],
  digitalocean_database_user: ["password", "access_cert", "access_key"],
};

/** Every sensitive variable and attribute, to every file of a droplet and every command that it reaches. Pure. */
export function secretFlows(configuration: Configuration, groups: readonly DropletGroup[]): SecretFlow[] {
  const found: SecretFlow[] = [];
  for (const group of groups)
    for (const text of userDataOf(configuration, group))
      for (const { path, content } of filesOf(text))
        for (const secret of secretsIn(configuration, content)) found.push({ secret, to: group.name, place: path });
  for (const [type, byName] of Object.entries(configuration.resource ?? {}))
    for (const [name, { provisioner }] of Object.entries(byName))
      for (const secret of secretsIn(configuration, JSON.stringify(provisioner ?? "")))
        found.push({ secret, to: OPERATOR, place: `${type}.${name}` });
  const key = (flow: SecretFlow) => JSON.stringify([flow.secret, flow.to, flow.place]);
  return [...new Map(found.map((flow) => [key(flow), flow])).values()].sort((one, other) =>
    key(one) < key(other) ? -1 : 1,
  );
}

/** Secrets that are written out, which everybody who sees the configuration has. By their places. */
export function writtenSecrets(configuration: Configuration, groups: readonly DropletGroup[]): string[] {
  const isSecret = (text: string) => /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bdo[opr]_v1_[0-9a-f]{64}\b/.test(text);
  const places = groups.flatMap((group) =>
    userDataOf(configuration, group).flatMap((text) =>
      knownFilesOf(text)
        .filter(({ content }) => isSecret(content))
        .map(({ path }) => `${group.name}: ${path}`),
    ),
  );
  const visit = (value: unknown, place: string): void => {
    if (typeof value === "string" && isSecret(value)) places.push(place);
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) visit(inner, place === "" ? name : `${place}.${name}`);
  };
  visit(configuration, "");
  return places;
}

/** Those that an expression is made of, through local values and `terraform_data`. */
function secretsIn(configuration: Configuration, text: string, seen: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  for (const [, digest, address] of text.matchAll(/(?:(sha\d+|md5)\()?((?:[a-z]\w*)\.[\w-]+(?:\.\w+)?)/g)) {
    const [type, name, attribute] = address!.split(".") as [string, string, string?];
    const named = (secret: string) => (digest === undefined ? secret : `${digest}(${secret})`);
    if (type === "var" && configuration.variable?.[name]?.sensitive === true) found.push(named(`var.${name}`));
    if (SENSITIVE[type]?.includes(attribute ?? "") === true) found.push(named(address!));
    const key = `${type}.${name}`;
    if (seen.has(key)) continue;
    const through = type === "local" ? configuration.locals?.[name] : carried(configuration, type, name, attribute);
    if (through === undefined) continue;
    found.push(...secretsIn(configuration, JSON.stringify(through), new Set([...seen, key])).map(named));
  }
  return [...new Set(found)];
}

/** What `terraform_data` hands on. */
function carried({ resource }: Configuration, type: string, name: string, attribute: string | undefined): unknown {
  return type === "terraform_data" && attribute === "output" ? resource?.[type]?.[name]?.input : undefined;
}

interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

/** The files of the second part of a user-data, whose values come at apply; of another text, the whole. */
function filesOf(text: string): WrittenFile[] {
  const [, ...files] = text.split('{"path":"');
  if (files.length === 0) return [{ path: "user_data", content: text }];
  return files.map((file) => ({ path: file.slice(0, file.indexOf('"')), content: file }));
}
