import { mkdir, rm, writeFile } from "node:fs/promises";
import { CertificateAuthority } from "../pki/certificate-authority";
import type {
  ConnectionPool,
  DatabaseAvailability,
  DatabaseBackup,
  DatabaseCluster,
  DatabaseNodeAddresses,
  DatabaseReplica,
  Databases,
  DatabaseSizing,
} from "../platform/platform";
import type { DatabaseContents } from "./accounts";
import { Cluster, type ClusterSettings, type ServerStatus } from "./cluster";
import { Endpoint, type EndpointSettings } from "./endpoint";
import type { PostgresServer } from "./postgres-server";
import { superviseClusters, type Supervision } from "./supervisor";
import type { DatabaseContext } from "./database-context";
import { metricsLogin } from "./database-node";

/** The control API answers when the delay is in effect, three times as long after the call, and within 30 s. */
const LONGEST_SENDING_DELAY_SECONDS = 5;

/**
 * DigitalOcean's managed PostgreSQL on real servers, each on a node of its own. A primary that is gone is replaced after
 * the time that its cluster says, 60 s unless the API was told another one, and the cluster's names then lead to the
 * new one's addresses. `setFailoverTime` makes that shorter for all clusters.
 */
export class ManagedDatabases implements Databases {
  /** Clusters and replicas by id, from the moment they are asked for: a repeated call waits for the first one's work. */
  private readonly creations = new Map<string, Promise<Cluster>>();
  /** Those that run. */
  private readonly services = new Map<string, Cluster>();
  private readonly numbers = new Set<number>();
  private readonly supervision: Supervision;
  /** USER:PASSWORD; nobody is let in while it is empty. */
  private login = "";
  private readonly override: { failoverAfterSeconds?: number } = {};

  constructor(private readonly context: DatabaseContext) {
    this.supervision = superviseClusters(() => [...this.services.values()], context.report);
  }

  async createCluster(cluster: DatabaseCluster): Promise<void> {
    await this.createOnce(cluster.id, async () => {
      const { name, version, adminUser, port, poolPort } = cluster;
      const { failoverAfterSeconds, synchronousReplication, dailyBackup, memoryMiB, origin } = cluster;
      const availability = { failoverAfterSeconds, synchronousReplication, dailyBackup };
      const backups = origin && (await this.findService(origin.clusterId).provideBackups());
      const settings = { name, version, adminUser, memoryMiB, availability };
      const authority = await CertificateAuthority.create(`${name} database CA`);
      const service = await this.openCluster(settings, { place: cluster, port, poolPort, authority });
      const { nodeCount, adminPassword, defaultDatabase } = cluster;
      await this.startOrRemove(service, () =>
        backups
          ? service.startRestored(nodeCount, adminPassword, backups, origin.backup, origin.until)
          : service.startPrimary(nodeCount, adminPassword, defaultDatabase),
      );
      return service;
    });
  }

  async listBackups(clusterId: string): Promise<DatabaseBackup[]> {
    return this.findService(clusterId).listBackups();
  }

  async listContents(clusterId: string): Promise<DatabaseContents> {
    return this.findService(clusterId).listContents();
  }

  async resize(id: string, sizing: DatabaseSizing): Promise<void> {
    await this.findService(id).resize(sizing);
  }

  async replaceNodes(id: string, addresses: readonly DatabaseNodeAddresses[]): Promise<void> {
    await this.findService(id).replaceNodes(addresses);
  }

  async setAvailability(clusterId: string, availability: DatabaseAvailability): Promise<void> {
    await this.findService(clusterId).setAvailability(availability);
  }

  /** Its read replicas go with it. */
  async destroyCluster(id: string): Promise<void> {
    const service = await this.creations.get(id)?.catch(() => undefined);
    if (!service) return;
    for (const [replicaId, replica] of this.services)
      if (service.replicas.has(replica)) await this.destroyCluster(replicaId);
    this.services.delete(id);
    this.creations.delete(id);
    await this.remove(service);
    if (this.creations.size === 0) await rm(metricsLogin(this.context.stateDirectory), { force: true });
  }

  async createReplica(replica: DatabaseReplica): Promise<void> {
    await this.createOnce(replica.id, async () => {
      const upstream = this.findService(replica.clusterId);
      const { poolPort, authority } = upstream.endpoint.settings;
      const settings = { ...upstream.settings, name: replica.name, memoryMiB: replica.memoryMiB };
      const endpoint = { place: replica, port: replica.port, poolPort, authority };
      const service = await this.openCluster(settings, endpoint, upstream);
      await this.startOrRemove(service, () => service.startReplica());
      return service;
    });
  }

  async destroyReplica(id: string): Promise<void> {
    await this.destroyCluster(id);
  }

  async promoteReplica(id: string): Promise<void> {
    await this.findService(id).promote();
  }

  async setUser(clusterId: string, name: string, password: string): Promise<void> {
    await this.findService(clusterId).setUser(name, password);
  }

  async removeUser(clusterId: string, name: string): Promise<void> {
    await this.findService(clusterId).removeUser(name);
  }

  async setDatabase(clusterId: string, name: string): Promise<void> {
    await this.findService(clusterId).setDatabase(name);
  }

  async removeDatabase(clusterId: string, name: string): Promise<void> {
    await this.findService(clusterId).removeDatabase(name);
  }

  async setPools(id: string, pools: readonly ConnectionPool[]): Promise<void> {
    await this.findService(id).setPools(pools);
  }

  async setTrustedSources(id: string, cidrs: readonly string[] | undefined): Promise<void> {
    await this.findService(id).setTrustedSources(cidrs);
  }

  async setMetricsLogin(user: string, password: string): Promise<void> {
    this.login = `${user}:${password}`;
    if (this.creations.size > 0) await this.writeLogin();
  }

  /** Into the file that is there already: the nodes have links to it. */
  private async writeLogin(): Promise<void> {
    await mkdir(this.context.stateDirectory, { recursive: true });
    await writeFile(metricsLogin(this.context.stateDirectory), this.login, { mode: 0o600 });
  }

  async certificateAuthority(clusterId: string): Promise<string> {
    return this.findService(clusterId).endpoint.settings.authority.certificate;
  }

  /** Every server of every cluster, with its role and lag. */
  async status(): Promise<ServerStatus[]> {
    return (await Promise.all([...this.services.values()].map((service) => service.status()))).flat();
  }

  /** The server on the node of that name (see `status`); throws with the names that there are. */
  findServer(node: string): PostgresServer {
    return this.findNode(node).server;
  }

  /**
   * Standbys that follow the server on this node receive what it commits so many seconds later; 0 ends that. What is on
   * its way when the node loses its power is lost. Resolves when it is so.
   */
  async delaySending(node: string, seconds: number): Promise<void> {
    if (!(seconds >= 0 && seconds <= LONGEST_SENDING_DELAY_SECONDS)) {
      throw new Error(`seconds: must be 0 to ${LONGEST_SENDING_DELAY_SECONDS}, got ${seconds}`);
    }
    const { service, server } = this.findNode(node);
    await service.delaySending(server, seconds);
  }

  /** Sessions of the cluster's admin user take what others need of this server, until it is told to release it. */
  async occupy(node: string, what: "connections" | "tables"): Promise<void> {
    const { service, server } = this.findNode(node);
    await server.occupy(what, service.settings.adminUser);
  }

  private findNode(node: string): { readonly service: Cluster; readonly server: PostgresServer } {
    const services = [...this.services.values()];
    for (const service of services) {
      const server = service.tryFindServer(node);
      if (server) return { service, server };
    }
    const known = services.flatMap((service) => service.nodeNames()).join(", ") || "none";
    throw new Error(`database node: must be one of ${known}, got ${node}`);
  }

  /** How long a primary has to be gone until it is replaced, for all clusters; undefined: as each cluster says. */
  setFailoverTime(seconds: number | undefined): void {
    if (seconds === undefined) delete this.override.failoverAfterSeconds;
    else this.override.failoverAfterSeconds = seconds;
  }

  /** Ends everything and leaves nothing. */
  async close(): Promise<void> {
    await this.supervision.stop();
    for (const id of [...this.creations.keys()]) await this.destroyCluster(id);
  }

  private findService(id: string): Cluster {
    const service = this.services.get(id);
    if (!service) throw new Error(`database: no cluster or replica with id ${id}`);
    return service;
  }

  private async createOnce(id: string, create: () => Promise<Cluster>): Promise<void> {
    const known = this.creations.get(id);
    if (known) {
      await known;
      return;
    }
    const creating = create();
    this.creations.set(id, creating);
    try {
      this.services.set(id, await creating);
    } catch (error) {
      this.creations.delete(id);
      throw error;
    }
  }

  private async openCluster(
    settings: ClusterSettings,
    endpoint: Omit<EndpointSettings, "name">,
    upstream?: Cluster,
  ): Promise<Cluster> {
    const number = this.takeNumber();
    try {
      await this.writeLogin();
      const opened = new Endpoint(this.context, { ...endpoint, name: `db${number}` });
      return await Cluster.open(this.context, settings, opened, this.override, upstream);
    } catch (error) {
      this.numbers.delete(number);
      throw error;
    }
  }

  private takeNumber(): number {
    let number = 1;
    while (this.numbers.has(number)) number++;
    this.numbers.add(number);
    return number;
  }

  private async startOrRemove(service: Cluster, start: () => Promise<void>): Promise<void> {
    try {
      await start();
    } catch (error) {
      await this.remove(service);
      throw error;
    }
  }

  private async remove(service: Cluster): Promise<void> {
    await service.destroy();
    this.numbers.delete(Number(service.endpoint.settings.name.slice("db".length)));
  }
}
