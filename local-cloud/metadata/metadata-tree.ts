import { metadataDocument, type MetadataSubject } from "./metadata-document";

export interface MetadataAnswer {
  readonly status: 200 | 301 | 404;
  readonly body: string;
  readonly contentType: "text/plain; charset=utf-8" | "application/json";
  readonly location?: string;
}

type Tree = { readonly [name: string]: string | Tree };

/**
 * Answers a path as DigitalOcean's metadata service does: values as plain text, directories (with a slash at the end; a
 * path without it is redirected) as a list of their names, everything at once at /metadata/v1.json.
 */
export function answerMetadata(path: string, subject: MetadataSubject): MetadataAnswer {
  if (path === "/metadata/v1.json") {
    return { status: 200, body: JSON.stringify(metadataDocument(subject)), contentType: "application/json" };
  }
  const [root, ...names] = path.split("/").slice(1);
  let node: string | Tree | undefined = root === "metadata" ? { v1: metadataTree(subject) } : undefined;
  const asDirectory = names.at(-1) === "";
  for (const name of asDirectory ? names.slice(0, -1) : names) {
    node = typeof node === "object" && Object.hasOwn(node, name) ? node[name] : undefined;
  }
  const isList = names.at(-2) === "tags" && names.length === 3;
  if (node === undefined || (typeof node === "string" && asDirectory && !isList)) return text(404, "not found");
  if (typeof node === "string") return text(200, node);
  return asDirectory ? text(200, listing(node)) : { ...text(301, ""), location: `${path}/` };
}

function metadataTree({ droplet, reservedIp }: MetadataSubject): Tree {
  const document = metadataDocument({ droplet, reservedIp }) as {
    interfaces: Record<"public" | "private", Array<Record<string, string | Record<string, string>>>>;
    dns: { nameservers: string[] };
    features: Record<string, boolean>;
  };
  const reserved: Tree = reservedIp === undefined ? { active: "false" } : { active: "true", ip_address: reservedIp };
  return {
    id: String(droplet.id),
    hostname: droplet.name,
    "user-data": droplet.userData,
    "vendor-data": "",
    "public-keys": droplet.publicKeys.join("\n"),
    region: droplet.region,
    interfaces: {
      public: numbered(document.interfaces.public.map(interfaceTree)),
      private: numbered(document.interfaces.private.map(interfaceTree)),
    },
    dns: { nameservers: document.dns.nameservers.join("\n") },
    floating_ip: { ipv4: reserved },
    reserved_ip: { ipv4: reserved, ipv6: { active: "false" } },
    tags: droplet.tags.join("\n"),
    features: Object.fromEntries(Object.entries(document.features).map(([name, value]) => [name, String(value)])),
  };
}

/** As in the document, but for one name: `ip_address` is `address` here. */
function interfaceTree(entries: Record<string, string | Record<string, string>>): Tree {
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      const { ip_address: address, ...others } = value;
      return [name, { address: address ?? "", ...others }];
    }),
  );
}

function numbered(trees: readonly Tree[]): Tree {
  return Object.fromEntries(trees.map((tree, index) => [String(index), tree]));
}

function listing(tree: Tree): string {
  return Object.entries(tree)
    .map(([name, value]) => (typeof value === "string" && name !== "tags" ? name : `${name}/`))
    .join("\n");
}

function text(status: 200 | 301 | 404, body: string): MetadataAnswer {
  return { status, body, contentType: "text/plain; charset=utf-8" };
}
