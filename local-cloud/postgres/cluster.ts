import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { connectionLimits } from "../platform/database-connections";
import type {
  ConnectionPool,
  DatabaseAvailability,
  DatabaseBackup,
  DatabaseNodeAddresses,
  DatabaseSizing,
} from "../platform/platform";
import {
  createAccounts,
  createDatabase,
  listContents,
  removeDatabase,
  removeUser,
  setUser,
  type DatabaseContents,
} from "./accounts";
import { BackupStore } from "./backup-store";
import { Backups } from "./backups";
import { FIRST_WAL_FILE, prepareDataDirectory } from "./data-directory";
import { DatabaseNode } from "./database-node";
import type { Endpoint } from "./endpoint";
import { Pooler } from "./pooler";
import { PostgresServer, type Power } from "./postgres-server";
import type { Source } from "./server-configuration";
import { SynchronousStandbys } from "./synchronous-standbys";
import type { DatabaseContext } from "./database-context";
import { Turns } from "../../programs/turns";
import { waitUntil } from "../../programs/wait-until";

/** A check that takes longer counts as no answer. */
const CHECK_LIMIT_SECONDS = 2;
const TURN_LIMIT_SECONDS = 20;
/** Each question is a new process of a server that is busy already. */
const POLL_MILLISECONDS = 100;
/** How long a connection through `send-late.py` has to last for each second of its delay. */
const LATE_SENDER_SECONDS = 3;
/**
 * A standby that has not streamed for this long, from a primary that is alive, is copied anew. A replica that has not
 * answered for this long is started again.
 */
const STALLED_MILLISECONDS = 10_000;

export interface ClusterSettings {
  readonly name: string;
  readonly version: string;
  readonly adminUser: string;
  /** Of each node. */
  readonly memoryMiB: number;
  readonly availability: DatabaseAvailability;
}

/** One server as `status` shows it. */
export interface ServerStatus extends DatabaseNodeAddresses {
  readonly cluster: string;
  readonly node: string;
  readonly role: "primary" | "standby" | "replica";
  readonly power: Power;
  readonly running: boolean;
  /** WAL that it has not applied yet; undefined for a primary, and while it does not stream. */
  readonly lagBytes: number | undefined;
}

/**
 * An endpoint and the servers behind it, each on a node of its own: the leader, which the endpoint's names lead to, and
 * standbys that stream from it. The leader of a read replica is itself a standby, of the cluster upstream.
 * All public calls take turns, so that none of them sees a failover half done; only the power of a node is switched
 * whatever else goes on, as in life.
 */
export class Cluster {
  readonly replicas = new Set<Cluster>();
  private readonly standbys: PostgresServer[] = [];
  private readonly pooler: Pooler;
  private readonly synchronous: SynchronousStandbys;
  private readonly backups: Backups;
  private readonly turns = new Turns();
  private serversMade = 1;
  private memoryMiB: number;
  private availability: DatabaseAvailability;
  /** Since when the primary has not answered. */
  private goneSince: number | undefined;
  private trustedSources: readonly string[] | undefined;
  private readonly stalledSince = new Map<PostgresServer, number>();
  /** Former primaries: what they have is not what the new one has, so they have to be copied anew. */
  private readonly outdated = new Set<PostgresServer>();

  private constructor(
    private readonly context: DatabaseContext,
    readonly settings: ClusterSettings,
    readonly endpoint: Endpoint,
    /** What `./run local` or a test says of all clusters, whatever their own settings are. */
    private readonly override: Partial<DatabaseAvailability>,
    private upstream: Cluster | undefined,
    private leader: PostgresServer,
  ) {
    this.pooler = new Pooler(context, endpoint.settings, leader.node);
    const store = path.join(context.stateDirectory, `backups-${endpoint.settings.name}`);
    this.backups = new Backups(new BackupStore(store), context.report);
    this.synchronous = new SynchronousStandbys(context.report);
    this.memoryMiB = settings.memoryMiB;
    this.availability = settings.availability;
  }

  /** With the node of its leader, on which nothing runs yet. */
  static async open(
    context: DatabaseContext,
    settings: ClusterSettings,
    endpoint: Endpoint,
    override: Partial<DatabaseAvailability>,
    upstream?: Cluster,
  ): Promise<Cluster> {
    const { name, place, port } = endpoint.settings;
    const node = await DatabaseNode.open(context, endpoint, `${name}-1`, place.addresses[0]!);
    const limits = connectionLimits(settings.memoryMiB, upstream?.memoryMiB);
    const leader = new PostgresServer(context, node, settings.version, port, limits, upstream === undefined);
    return new Cluster(context, settings, endpoint, override, upstream, leader);
  }

  /** Starts a primary and `nodeCount - 1` standbys, with the admin user and the default database. */
  startPrimary(nodeCount: number, adminPassword: string, defaultDatabase: string): Promise<void> {
    return this.turns.run(async () => {
      const prepared = await prepareDataDirectory(this.context, this.settings.version);
      for (let count = 1; count < nodeCount; count++) {
        this.standbys.push(await this.createServer(this.endpoint.settings.place.addresses));
      }
      await this.applyRules();
      const start = async (server: PostgresServer, source: Source | undefined) => {
        await server.copyPrepared(prepared);
        await server.start(source);
      };
      const standbys = this.standbys.map((standby) => start(standby, this.localSource()));
      const primary = start(this.leader, undefined).then(async () => {
        await createAccounts(this.leader, this.settings.adminUser, adminPassword);
        await createDatabase(this.leader, defaultDatabase, this.settings.adminUser);
      });
      await finishAll([primary, ...standbys]);
      await this.endpoint.leadTo(this.leader.node.addresses);
    });
  }

  /** The same with the data of a backup, its users and databases among them. */
  startRestored(
    nodeCount: number,
    adminPassword: string,
    origin: Backups,
    backup: number,
    until?: number,
  ): Promise<void> {
    return this.turns.run(async () => {
      await this.leader.restore(origin.store.base(backup), origin.store.wal, until ?? "backup");
      await setUser(this.leader, this.settings.adminUser, adminPassword);
      await this.addStandbys(nodeCount - 1, this.endpoint.settings.place.addresses);
      await this.applyRules();
      await this.endpoint.leadTo(this.leader.node.addresses);
    });
  }

  /** What a new cluster can be made from, with all that was committed so far if the primary still answers. */
  async provideBackups(): Promise<Backups> {
    if (await this.leader.answers(CHECK_LIMIT_SECONDS)) await this.backups.flush(this.leader, this.servers());
    return this.backups;
  }

  listBackups(): Promise<DatabaseBackup[]> {
    return this.backups.list();
  }

  listContents(): Promise<DatabaseContents> {
    return this.turns.run(() => listContents(this.leader));
  }

  /** Starts the one server of a read replica, and lets it in upstream. */
  startReplica(): Promise<void> {
    return this.turns.run(async () => {
      const { upstream } = this;
      if (!upstream) throw new Error(`${this.settings.name}: has no cluster to replicate`);
      const prepared = await prepareDataDirectory(this.context, this.settings.version);
      const fromTheStart = await upstream.letIn(this);
      const source = this.upstreamSource(upstream);
      await (fromTheStart ? this.leader.copyPrepared(prepared) : this.leader.copyFrom(source));
      await finishAll([this.leader.start(source), this.applyRules()]);
      await this.endpoint.leadTo(this.leader.node.addresses);
    });
  }

  /**
   * Another plan has other nodes, to which the cluster moves. Read replicas, which keep theirs, come first, with a
   * restart: PostgreSQL lets no server follow one that takes more connections.
   */
  async resize({ nodeCount, memoryMiB, addresses }: DatabaseSizing): Promise<void> {
    await Promise.all([...this.replicas].map((replica) => replica.followLarger(memoryMiB)));
    if (memoryMiB !== this.memoryMiB) {
      this.memoryMiB = memoryMiB;
      await this.replaceNodes(addresses);
    }
    if (!this.upstream) await this.setNodeCount(nodeCount, addresses);
  }

  /**
   * Puts new nodes in the place of all, one after the other, with all that the old ones had; needs one address more than
   * there are nodes. Connections end once, when the names begin to lead to another node, and nothing that was committed
   * is lost. So DigitalOcean resizes, installs updates and moves.
   */
  replaceNodes(addresses: readonly DatabaseNodeAddresses[]): Promise<void> {
    return this.turns.run(async () => {
      for (const old of [...this.standbys]) {
        await this.addStandby(addresses);
        this.standbys.splice(this.standbys.indexOf(old), 1);
        await this.removeServer(old);
      }
      const successor = await this.addStandby(addresses);
      await this.switchOver(successor);
      await this.applyRules();
    });
  }

  /** Lets a server that has everything take the leader's place, which goes. */
  private async switchOver(successor: PostgresServer): Promise<void> {
    const old = this.leader;
    this.context.report(`${successor.node.name} takes the place of ${old.node.name}`);
    // A clean end: standbys have received everything when it is over.
    await old.stop();
    if (!this.upstream) await successor.promote();
    this.standbys.splice(this.standbys.indexOf(successor), 1);
    this.leader = successor;
    this.synchronous.reset();
    await Promise.all([this.endpoint.leadTo(successor.node.addresses), this.pooler.moveTo(successor.node)]);
    await this.removeServer(old);
  }

  private followLarger(primaryMemoryMiB: number): Promise<void> {
    return this.turns.run(() => this.leader.limitConnections(connectionLimits(this.memoryMiB, primaryMemoryMiB)));
  }

  private setNodeCount(nodeCount: number, addresses: readonly DatabaseNodeAddresses[]): Promise<void> {
    return this.turns.run(async () => {
      while (this.standbys.length > nodeCount - 1) await this.removeServer(this.standbys.pop()!);
      await this.addStandbys(nodeCount - 1, addresses);
    });
  }

  private async addStandbys(count: number, addresses: readonly DatabaseNodeAddresses[]): Promise<void> {
    while (this.standbys.length < count) await this.addStandby(addresses);
  }

  /** With a copy of the leader, or of the cluster that a replica follows. Resolves when it streams. */
  private async addStandby(addresses: readonly DatabaseNodeAddresses[]): Promise<PostgresServer> {
    const standby = await this.createServer(addresses);
    this.standbys.push(standby);
    await (this.upstream ? this.upstream.letIn(this) : this.applyRules());
    const source = this.upstream ? this.upstreamSource(this.upstream) : this.localSource();
    await standby.copyFrom(source);
    await standby.start(source);
    await this.turnTo(standby, source);
    return standby;
  }

  /** Makes a replica a cluster of its own. */
  promote(): Promise<void> {
    return this.turns.run(async () => {
      const { upstream } = this;
      if (!upstream) return;
      await this.leader.promote();
      this.upstream = undefined;
      await upstream.letOut(this);
    });
  }

  /** Ends all servers and leaves nothing of them. A replica leaves its cluster; a cluster's replicas stay. */
  destroy(): Promise<void> {
    return this.turns.run(async () => {
      await this.pooler.stop();
      await Promise.all(this.servers().map((server) => server.kill()));
      await this.backups.remove();
      await Promise.all(this.servers().map((server) => this.removeServer(server)));
      await this.endpoint.close();
      await this.upstream?.letOut(this);
    });
  }

  /** Resolves when the standbys that the primary waits for have all that it acknowledged before. */
  async setAvailability(availability: DatabaseAvailability): Promise<void> {
    this.availability = availability;
    const settled = async () => {
      await this.turns.run(() => this.keepSynchronous());
      return this.synchronous.settled;
    };
    await waitUntil(`${this.settings.name}: standbys that have everything`, TURN_LIMIT_SECONDS, settled, 200);
  }

  private async keepSynchronous(): Promise<void> {
    const waits = this.availability.synchronousReplication === "quorum";
    await this.synchronous.keep(this.leader, waits ? this.standbys.map(({ node }) => node.name) : []);
  }

  setUser(name: string, password: string): Promise<void> {
    return this.turns.run(() => setUser(this.leader, name, password));
  }

  /** What the user owned goes to the admin user. */
  removeUser(name: string): Promise<void> {
    return this.turns.run(() => removeUser(this.leader, name, this.settings.adminUser));
  }

  setDatabase(name: string): Promise<void> {
    return this.turns.run(() => createDatabase(this.leader, name, this.settings.adminUser));
  }

  removeDatabase(name: string): Promise<void> {
    return this.turns.run(() => removeDatabase(this.leader, name));
  }

  setPools(pools: readonly ConnectionPool[]): Promise<void> {
    return this.turns.run(() => this.pooler.setPools(pools));
  }

  setTrustedSources(cidrs: readonly string[] | undefined): Promise<void> {
    return this.turns.run(async () => {
      this.trustedSources = cidrs;
      await this.applyRules();
    });
  }

  /** Looks after the servers once: replaces a primary that is gone for too long, brings back what else is gone. */
  check(): Promise<void> {
    // Whatever has the turn now may be what makes a server not answer.
    if (!this.turns.idle) return Promise.resolve();
    return this.turns.run(async () => {
      await (this.upstream ? this.keepReplica(this.upstream) : this.keepPrimary());
      if (this.leader.power === "on") await this.pooler.keepRunning();
      for (const standby of this.standbys) await this.keepStreaming(standby, this.localSource());
      if (!this.upstream && (await this.leader.answers(CHECK_LIMIT_SECONDS))) {
        await this.backups.keep(this.leader, this.servers(), this.availability.dailyBackup);
      }
    });
  }

  /** Resolves when what the server commits reaches the standbys that follow it so late. */
  async delaySending(server: PostgresServer, seconds: number): Promise<void> {
    await this.turns.run(async () => {
      await server.delaySending(seconds);
      if (server !== this.leader) return;
      const standbys = this.standbys.filter(({ running, power }) => running && power === "on");
      await Promise.all(standbys.map((standby) => this.turnTo(standby, this.localSource())));
      // One that catches up still is none that the primary waits for, and for a while nobody could take its place.
      for (const { node } of standbys)
        await waitUntil(
          `${node.name} caught up`,
          TURN_LIMIT_SECONDS,
          () => server.sendsTo(node.name),
          POLL_MILLISECONDS,
        );
    });
    await sleep(seconds * LATE_SENDER_SECONDS * 1000);
  }

  /** The server on a node, if it is one of this cluster's. */
  tryFindServer(node: string): PostgresServer | undefined {
    return this.servers().find((server) => server.node.name === node);
  }

  nodeNames(): string[] {
    return this.servers().map(({ node }) => node.name);
  }

  async status(): Promise<ServerStatus[]> {
    const lags = await (this.upstream ?? this).lags();
    return this.servers().map((server) => ({
      cluster: this.settings.name,
      node: server.node.name,
      ...server.node.addresses,
      role: server !== this.leader ? "standby" : this.upstream ? "replica" : "primary",
      power: server.power,
      running: server.running,
      lagBytes: lags.get(server.node.name),
    }));
  }

  private servers(): PostgresServer[] {
    return [this.leader, ...this.standbys];
  }

  /** On a node of its own, at the first address that no other one has. */
  private async createServer(addresses: readonly DatabaseNodeAddresses[]): Promise<PostgresServer> {
    const used = this.servers().map(({ node }) => node.addresses.privateAddress);
    const free = addresses.find(({ privateAddress }) => !used.includes(privateAddress));
    if (!free) throw new Error(`${this.settings.name}: needs an address for one more node, got ${addresses.length}`);
    const name = `${this.endpoint.settings.name}-${++this.serversMade}`;
    const node = await DatabaseNode.open(this.context, this.endpoint, name, free);
    const limits = connectionLimits(this.memoryMiB, this.upstream?.memoryMiB);
    const { port } = this.endpoint.settings;
    return new PostgresServer(this.context, node, this.settings.version, port, limits, this.upstream === undefined);
  }

  private async removeServer(server: PostgresServer): Promise<void> {
    await server.kill();
    await server.node.close();
  }

  private localSource(): Source {
    return { ...this.leader.node.replicationSource(this.endpoint), port: `${this.leader.streamingPort}` };
  }

  private upstreamSource(upstream: Cluster): Source {
    return upstream.leader.node.replicationSource(this.endpoint);
  }

  private addresses(): string[] {
    return this.servers().flatMap(({ node: { addresses } }) => [addresses.privateAddress, addresses.publicAddress]);
  }

  private async applyRules(): Promise<void> {
    const peers = [this, ...this.replicas].flatMap((cluster) => cluster.addresses());
    await Promise.all(this.servers().map(({ node }) => node.admit(this.trustedSources, peers)));
  }

  /** Returns whether the replica can do with a copy of the prepared data directory, or needs a base backup. */
  private letIn(replica: Cluster): Promise<boolean> {
    return this.turns.run(async () => {
      this.replicas.add(replica);
      await this.applyRules();
      return this.hasFirstWal();
    });
  }

  private letOut(replica: Cluster): Promise<void> {
    return this.turns.run(async () => {
      if (this.replicas.delete(replica)) await this.applyRules();
    });
  }

  private async hasFirstWal(): Promise<boolean> {
    const sql = `SELECT 1 FROM pg_ls_waldir(), pg_control_checkpoint() WHERE name = '${FIRST_WAL_FILE}' AND timeline_id = 1`;
    return (await this.leader.query(sql)).length > 0;
  }

  private async lags(): Promise<Map<string, number>> {
    const sql = "SELECT application_name, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication";
    const rows = await this.leader.query(sql, "postgres", CHECK_LIMIT_SECONDS).catch(() => []);
    return new Map(rows.flatMap(([name, lag]) => (name && lag !== undefined ? [[name, Number(lag)] as const] : [])));
  }

  /** One that hangs is started again; a busy machine may keep it from answering for some seconds. */
  private async keepReplica(upstream: Cluster): Promise<void> {
    if (this.leader.power !== "on" || (await this.leader.answers(CHECK_LIMIT_SECONDS))) this.goneSince = undefined;
    else {
      this.goneSince ??= performance.now();
      if (performance.now() - this.goneSince >= STALLED_MILLISECONDS) {
        await this.leader.kill();
        this.goneSince = undefined;
      }
    }
    await this.keepStreaming(this.leader, this.upstreamSource(upstream));
  }

  /** A primary whose process alone has died is started again; one that stays away is replaced after a while. */
  private async keepPrimary(): Promise<void> {
    if (await this.leader.answers(CHECK_LIMIT_SECONDS)) {
      this.goneSince = undefined;
      await this.keepSynchronous();
      return;
    }
    this.goneSince ??= performance.now();
    const { failoverAfterSeconds } = { ...this.availability, ...this.override };
    const due = performance.now() - this.goneSince >= failoverAfterSeconds * 1000;
    const successor = due ? await this.mostAdvancedStandby() : undefined;
    if (successor) await this.failOver(successor);
    else if (this.leader.power === "on" && (due || !this.leader.running)) await this.restartLeader();
  }

  /** Ends the old primary for certain, so that it can never take a write again, and puts a standby in its place. */
  private async failOver(successor: PostgresServer): Promise<void> {
    const started = performance.now();
    const old = this.leader;
    this.context.report(`${old.node.name} is gone, ${successor.node.name} takes over`);
    await old.node.cutOff();
    await Promise.all([old.kill(), this.pooler.stop()]);
    await successor.promote();
    this.standbys.splice(this.standbys.indexOf(successor), 1, old);
    this.leader = successor;
    this.synchronous.reset();
    this.goneSince = undefined;
    await Promise.all([this.endpoint.leadTo(successor.node.addresses), this.pooler.moveTo(successor.node)]);
    this.outdated.add(old);
    // Clients that still have connections to it now get a reset instead of silence.
    if (old.power === "on") await old.node.connect();
    this.context.report(`${successor.node.name} is the primary after ${Math.round(performance.now() - started)} ms`);
  }

  private async mostAdvancedStandby(): Promise<PostgresServer | undefined> {
    const waited = this.availability.synchronousReplication === "quorum";
    const alive = this.standbys.filter(
      ({ running, power, node }) => running && power === "on" && (!waited || this.synchronous.has(node.name)),
    );
    const positions = await Promise.all(
      alive.map(async (standby) => ({
        standby,
        position: await standby.position(CHECK_LIMIT_SECONDS).catch(() => -1),
      })),
    );
    return positions.filter(({ position }) => position >= 0).sort((a, b) => b.position - a.position)[0]?.standby;
  }

  private async restartLeader(): Promise<void> {
    this.context.report(`${this.leader.node.name} is dead and is started again`);
    await this.leader.kill();
    await this.leader.start(undefined);
    this.goneSince = undefined;
  }

  /** Starts a standby that is gone, and copies one anew that has not been able to stream from its source. */
  private async keepStreaming(standby: PostgresServer, source: Source): Promise<void> {
    if (standby.power !== "on") return;
    if (standby.running && (await standby.follow(source))) this.stalledSince.delete(standby);
    const timeline = await (this.upstream ?? this).leader.timeline(CHECK_LIMIT_SECONDS);
    if (await standby.streams(CHECK_LIMIT_SECONDS, timeline)) {
      this.stalledSince.delete(standby);
      return;
    }
    const sourceAnswers = timeline !== undefined;
    const since = this.stalledSince.get(standby) ?? performance.now();
    // While nobody is there to follow, it goes on answering with what it has.
    if (sourceAnswers) this.stalledSince.set(standby, since);
    else this.stalledSince.delete(standby);
    if (this.outdated.has(standby) || (sourceAnswers && performance.now() - since > STALLED_MILLISECONDS)) {
      if (!sourceAnswers) return;
      this.context.report(`${standby.node.name} cannot follow and is copied anew`);
      await standby.kill();
      await standby.copyFrom(source);
      this.stalledSince.delete(standby);
      this.outdated.delete(standby);
    }
    if (!standby.running) await standby.start(source);
  }

  private async turnTo(standby: PostgresServer, source: Source): Promise<void> {
    await standby.follow(source);
    const streams = () => standby.streams(CHECK_LIMIT_SECONDS);
    await waitUntil(`${standby.node.name} streaming`, TURN_LIMIT_SECONDS, streams, POLL_MILLISECONDS);
  }
}

/** Like Promise.all, but nothing goes on any more when it rejects. */
async function finishAll(work: ReadonlyArray<Promise<unknown>>): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === "rejected") throw result.reason;
}
