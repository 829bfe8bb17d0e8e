import { appendFile, chown, cp, link, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { KeyedCertificate } from "../pki/certificate-authority";
import type { DatabaseNodeAddresses } from "../platform/platform";
import { SYSTEM_USER, makeOwnedDirectory } from "./data-directory";
import type { DatabaseContext } from "./database-context";
import { renderRules, type Endpoint } from "./endpoint";
import type { Source } from "./server-configuration";

/** The file with the login of all metrics endpoints, USER:PASSWORD. */
export function metricsLogin(stateDirectory: string): string {
  return path.join(stateDirectory, "metrics-login");
}

/**
 * The machine of one database server: its addresses, its files, its filter. All machines of a cluster have a
 * certificate with the cluster's names, so that the names can lead to any of them.
 */
export class DatabaseNode {
  /** What programs on it see as `/srv`. */
  readonly directory: string;
  readonly networkNamespace: string;

  private constructor(
    private readonly context: DatabaseContext,
    private readonly endpoint: Endpoint,
    /** Name of its network namespace, without the `n-`. */
    readonly name: string,
    readonly addresses: DatabaseNodeAddresses,
  ) {
    this.directory = path.join(context.stateDirectory, name);
    this.networkNamespace = context.namespaceOf(name);
  }

  static async open(
    context: DatabaseContext,
    endpoint: Endpoint,
    name: string,
    addresses: DatabaseNodeAddresses,
  ): Promise<DatabaseNode> {
    const node = new DatabaseNode(context, endpoint, name, addresses);
    try {
      await node.makeDirectories();
      await Promise.all([node.writeCertificates(), node.joinNetwork()]);
      return node;
    } catch (error) {
      await node.close();
      throw error;
    }
  }

  /** `sources`: CIDRs of clients, undefined for everyone; `peers`: addresses that may stream. */
  async admit(sources: readonly string[] | undefined, peers: readonly string[]): Promise<void> {
    await this.context.network.setRules(this.name, renderRules(this.endpoint.settings, sources, peers));
  }

  /** From now on it neither receives nor sends anything: what others see of a machine without power. */
  async cutOff(): Promise<void> {
    await this.context.network.cutOff(this.name);
  }

  async connect(): Promise<void> {
    await this.context.network.connect(this.name);
  }

  /** How a server elsewhere streams from the server here: through the VPC when both are in the same one. */
  replicationSource(follower: Endpoint): Source {
    const { place, port } = this.endpoint.settings;
    const near = place.vpc.uuid === follower.settings.place.vpc.uuid;
    return {
      host: near ? place.privateHostname : place.hostname,
      hostaddr: near ? this.addresses.privateAddress : this.addresses.publicAddress,
      port: `${port}`,
      user: "replicator",
      sslmode: "verify-full",
      sslrootcert: "/srv/tls/authority.pem",
      sslcert: "/srv/tls/replicator.pem",
      sslkey: "/srv/tls/replicator.key",
    };
  }

  async close(): Promise<void> {
    await this.context.network.detach(this.name);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async joinNetwork(): Promise<void> {
    const { network } = this.context;
    await network.attach(this.name, { ...this.addresses, vpc: this.endpoint.settings.place.vpc });
    await network.configureInterfaces(this.name);
    await network.connect(this.name);
  }

  private async makeDirectories(): Promise<void> {
    const { uid, gid } = this.systemUser;
    await makeOwnedDirectory(this.directory, uid, gid);
    for (const name of ["socket", "tls", "pooler", "archive"]) {
      await makeOwnedDirectory(path.join(this.directory, name), uid, gid);
    }
    for (const name of ["configuration", "send-late.py", "metrics.py"]) {
      await cp(path.join(__dirname, name), path.join(this.directory, name), { recursive: true });
    }
    await this.linkMetricsLogin(uid, gid);
  }

  /** One file for all nodes: what is written into it later holds for each of them. While it is empty nobody is let in. */
  private async linkMetricsLogin(uid: number, gid: number): Promise<void> {
    const login = metricsLogin(this.context.stateDirectory);
    await appendFile(login, "", { mode: 0o600 });
    await chown(login, uid, gid);
    await link(login, path.join(this.directory, "metrics-login"));
  }

  private async writeCertificates(): Promise<void> {
    const { authority, place } = this.endpoint.settings;
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
