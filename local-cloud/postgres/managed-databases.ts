import { mkdir } from "node:fs/promises";
import { CertificateAuthority } from "../pki/certificate-authority";
import type { ConnectionPool, DatabaseCluster, DatabaseReplica, Databases } from "../platform/platform";
import { Cluster, type ServerStatus } from "./cluster";
import { Endpoint, type EndpointSettings } from "./endpoint";
import { superviseClusters, type Supervision } from "./supervisor";
import type { DatabaseContext } from "./database-context";

/**
 * DigitalOcean's managed PostgreSQL on real servers. A dead primary is replaced about a second after its end
 * (`supervisor.ts`); at DigitalOcean that takes longer, and the cluster's name then leads to other addresses.
 */
export class ManagedDatabases implements Databases {
  /** Clusters and replicas by id, from the moment they are asked for: a repeated call waits for the first one's work. */
  private readonly creations = new Map<string, Promise<Cluster>>();
  /** Those that run. */
  private readonly services = new Map<string, Cluster>();
  private readonly nodeNumbers = new Set<number>();
  private readonly supervision: Supervision;

  constructor(private readonly context: DatabaseContext) {
    this.supervision = superviseClusters(() => [...this.services.values()], context.report);
  }

  async createCluster(cluster: DatabaseCluster): Promise<void> {
    await this.createOnce(cluster.id, async () => {
      const { name, version, adminUser, port, poolPort } = cluster;
      const authority = await CertificateAuthority.create(`${name} database CA`);
      const endpoint = await this.openEndpoint({ place: cluster, port, poolPort, authority });
      const service = new Cluster(this.context, { name, version, adminUser }, endpoint, undefined);
      await this.startOrRemove(service, () =>
        service.startPrimary(cluster.nodeCount, cluster.adminPassword, cluster.defaultDatabase),
      );
      return service;
    });
  }

  async resizeCluster(id: string, nodeCount: number): Promise<void> {
    await this.findService(id).resize(nodeCount);
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
  }

  async createReplica(replica: DatabaseReplica): Promise<void> {
    await this.createOnce(replica.id, async () => {
      const upstream = this.findService(replica.clusterId);
      const { poolPort, authority } = upstream.endpoint.settings;
      const endpoint = await this.openEndpoint({ place: replica, port: replica.port, poolPort, authority });
      const service = new Cluster(this.context, { ...upstream.settings, name: replica.name }, endpoint, upstream);
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

  async certificateAuthority(clusterId: string): Promise<string> {
    return this.findService(clusterId).endpoint.settings.authority.certificate;
  }

  /** Every server of every cluster, with its role and lag. */
  async status(): Promise<ServerStatus[]> {
    return (await Promise.all([...this.services.values()].map((service) => service.status()))).flat();
  }

  /** A fault for rehearsals: the server of that name (see `status`) dies as by a power cut. */
  async killServer(name: string): Promise<void> {
    const found = await Promise.all([...this.services.values()].map((service) => service.killServer(name)));
    if (!found.includes(true)) throw new Error(`database node: no node named ${name}`);
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

  private async openEndpoint(settings: Omit<EndpointSettings, "nodeName">): Promise<Endpoint> {
    const number = this.takeNodeNumber();
    try {
      await mkdir(this.context.stateDirectory, { recursive: true });
      return await Endpoint.open(this.context, { ...settings, nodeName: `db${number}` });
    } catch (error) {
      this.nodeNumbers.delete(number);
      throw error;
    }
  }

  private takeNodeNumber(): number {
    let number = 1;
    while (this.nodeNumbers.has(number)) number++;
    this.nodeNumbers.add(number);
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
    this.nodeNumbers.delete(Number(service.endpoint.settings.nodeName.slice("db".length)));
  }
}
