import { chown, cp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadNftRules } from "../../programs/load-nft-rules";
import type { CertificateAuthority, KeyedCertificate } from "../pki/certificate-authority";
import type { DatabaseNodePlace, FirewallRules } from "../platform/platform";
import { SYSTEM_USER, makeOwnedDirectory } from "./data-directory";
import type { Source } from "./server-configuration";
import type { DatabaseContext } from "./database-context";

const EVERYONE = ["0.0.0.0/0", "::/0"];

export interface EndpointSettings {
  /** Name of its network namespace, without the `n-`. */
  readonly nodeName: string;
  readonly place: DatabaseNodePlace;
  readonly port: number;
  readonly poolPort: number;
  readonly authority: CertificateAuthority;
}

/**
 * Where clients find a cluster or a replica: addresses, names, certificate, filter. It stays when the server behind
 * it changes: a failover leads the same addresses to another server. (DigitalOcean moves the name to other addresses
 * instead, so that clients there wait for the name server too.)
 */
export class Endpoint {
  readonly directory: string;
  readonly networkNamespace: string;

  private constructor(
    private readonly context: DatabaseContext,
    readonly settings: EndpointSettings,
  ) {
    this.directory = path.join(context.stateDirectory, settings.nodeName);
    this.networkNamespace = context.namespaceOf(settings.nodeName);
  }

  static async open(context: DatabaseContext, settings: EndpointSettings): Promise<Endpoint> {
    const endpoint = new Endpoint(context, settings);
    const { hostname, privateHostname, publicAddress, privateAddress } = settings.place;
    try {
      await endpoint.makeDirectories();
      await Promise.all([
        endpoint.writeCertificates(),
        endpoint.joinNetwork(),
        context.names.set(hostname, [publicAddress]),
        context.names.set(privateHostname, [privateAddress]),
      ]);
      return endpoint;
    } catch (error) {
      await endpoint.close();
      throw error;
    }
  }

  /** Leads new connections to the server that listens on `port`. Established ones stay where they are. */
  async leadTo(port: number): Promise<void> {
    await loadNftRules(renderRedirect(this.settings.port, port), this.networkNamespace);
  }

  /** `sources`: CIDRs of clients, undefined for everyone; `replicas`: addresses that may stream. */
  async admit(sources: readonly string[] | undefined, replicas: readonly string[]): Promise<void> {
    await this.context.network.setRules(this.settings.nodeName, renderRules(this.settings, sources, replicas));
  }

  /** How a replica elsewhere reaches this endpoint: through the VPC when both are in the same one. */
  replicationSource(replica: Endpoint): Source {
    const { place, port } = this.settings;
    const near = place.vpc.uuid === replica.settings.place.vpc.uuid;
    return {
      host: near ? place.privateHostname : place.hostname,
      hostaddr: near ? place.privateAddress : place.publicAddress,
      port: `${port}`,
      user: "replicator",
      sslmode: "verify-full",
      sslrootcert: "/srv/tls/authority.pem",
      sslcert: "/srv/tls/replicator.pem",
      sslkey: "/srv/tls/replicator.key",
    };
  }

  async close(): Promise<void> {
    const { network, names } = this.context;
    const { nodeName, place } = this.settings;
    await Promise.all([network.detach(nodeName), names.remove(place.hostname), names.remove(place.privateHostname)]);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async joinNetwork(): Promise<void> {
    const { nodeName, place } = this.settings;
    const { network } = this.context;
    await network.attach(nodeName, place);
    await network.configureInterfaces(nodeName);
    await network.connect(nodeName);
  }

  private async makeDirectories(): Promise<void> {
    const { uid, gid } = this.systemUser;
    await makeOwnedDirectory(this.directory, uid, gid);
    for (const name of ["servers", "socket", "tls", "pooler"]) {
      await makeOwnedDirectory(path.join(this.directory, name), uid, gid);
    }
    await cp(path.join(__dirname, "configuration"), path.join(this.directory, "configuration"), { recursive: true });
  }

  private async writeCertificates(): Promise<void> {
    const { authority, place } = this.settings;
    const names = [place.hostname, place.privateHostname];
    await Promise.all([
      writeFile(path.join(this.directory, "tls/authority.pem"), authority.certificate),
      this.writePair("server", await authority.issueServerCertificate(names)),
      this.writePair("replicator", await authority.issueClientCertificate("replicator")),
    ]);
  }

  private async writePair(name: string, { certificate, privateKey }: KeyedCertificate): Promise<void> {
    const key = path.join(this.directory, "tls", `${name}.key`);
    await writeFile(path.join(this.directory, "tls", `${name}.pem`), certificate);
    await writeFile(key, privateKey, { mode: 0o600 });
    await chown(key, this.systemUser.uid, this.systemUser.gid);
  }

  private get systemUser() {
    return this.context.tree.findUser(SYSTEM_USER);
  }
}

/** nftables text that leads one port of the namespace to another; replaces what it said before. */
export function renderRedirect(from: number, to: number): string {
  return [
    "table inet endpoint",
    "delete table inet endpoint",
    "table inet endpoint {",
    "  chain arriving {",
    "    type nat hook prerouting priority dstnat;",
    `    tcp dport ${from} redirect to :${to}`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Who may come in, as cloud firewall rules. Replicas stream whatever the trusted sources say. */
export function renderRules(
  { port, poolPort }: Pick<EndpointSettings, "port" | "poolPort">,
  sources: readonly string[] | undefined,
  replicas: readonly string[],
): FirewallRules {
  const clients = sources ?? EVERYONE;
  const inbound = [port, poolPort].map((ports) => ({
    protocol: "tcp" as const,
    ports: `${ports}`,
    addresses: clients,
  }));
  const streaming = {
    protocol: "tcp" as const,
    ports: `${port}`,
    addresses: replicas.map((address) => `${address}/32`),
  };
  return {
    inbound: [...inbound, streaming].filter(({ addresses }) => addresses.length > 0),
    outbound: [{ protocol: "tcp", addresses: EVERYONE }],
  };
}
