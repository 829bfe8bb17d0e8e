import type { CertificateAuthority } from "../pki/certificate-authority";
import type { DatabaseNodeAddresses, DatabasePlace, FirewallRules } from "../platform/platform";
import type { DatabaseContext } from "./database-context";

/** Where standbys follow a server whose sending is delayed. */
export const LATE_PORT = 25069;
/** Figures for Prometheus. */
export const METRICS_PORT = 9273;

const EVERYONE = ["0.0.0.0/0", "::/0"];

export interface EndpointSettings {
  /** Its nodes are called this and a number. */
  readonly name: string;
  readonly place: DatabasePlace;
  readonly port: number;
  readonly poolPort: number;
  readonly authority: CertificateAuthority;
}

/**
 * How clients find a cluster or a replica: by two names, a public and a private one, which lead to the node in charge.
 * After a failover they lead to another one. The name server's answers are not to be cached here (TTL 0); how long
 * DigitalOcean's are is not known.
 */
export class Endpoint {
  constructor(
    private readonly context: Pick<DatabaseContext, "names">,
    readonly settings: EndpointSettings,
  ) {}

  /** Resolves when the name server answers so. Established connections stay where they are. */
  async leadTo({ publicAddress, privateAddress }: DatabaseNodeAddresses): Promise<void> {
    const { hostname, privateHostname } = this.settings.place;
    await Promise.all([
      this.context.names.set(hostname, [publicAddress]),
      this.context.names.set(privateHostname, [privateAddress]),
    ]);
  }

  async close(): Promise<void> {
    const { hostname, privateHostname } = this.settings.place;
    await Promise.all([this.context.names.remove(hostname), this.context.names.remove(privateHostname)]);
  }
}

/** Who may come in, as cloud firewall rules. Other servers of the cluster stream whatever the trusted sources say. */
export function renderRules(
  { port, poolPort }: Pick<EndpointSettings, "port" | "poolPort">,
  sources: readonly string[] | undefined,
  peers: readonly string[],
): FirewallRules {
  const clients = sources ?? EVERYONE;
  const inbound = [port, poolPort, METRICS_PORT].map((ports) => ({
    protocol: "tcp" as const,
    ports: `${ports}`,
    addresses: clients,
  }));
  const streaming = [port, LATE_PORT].map((ports) => ({
    protocol: "tcp" as const,
    ports: `${ports}`,
    addresses: peers.map((address) => `${address}/32`),
  }));
  return {
    inbound: [...inbound, ...streaming].filter(({ addresses }) => addresses.length > 0),
    outbound: [{ protocol: "tcp", addresses: EVERYONE }],
  };
}
