import { performance } from "node:perf_hooks";
import type { ConnectionPool, DatabaseNodePlace } from "../platform/platform";
import { createAccounts, createDatabase, removeDatabase, removeUser, setUser } from "./accounts";
import { FIRST_WAL_FILE, prepareDataDirectory } from "./data-directory";
import type { Endpoint } from "./endpoint";
import { Pooler } from "./pooler";
import { PostgresServer } from "./postgres-server";
import type { Source } from "./server-configuration";
import type { DatabaseContext } from "./database-context";
import { Turns } from "../../programs/turns";

const FIRST_SERVER_PORT = 25101;
/** A check that takes longer counts as no answer. */
const CHECK_LIMIT_SECONDS = 2;
/** A server whose process is there but that leaves this many checks in a row unanswered counts as dead. */
const MISSED_CHECKS = 2;
/** A standby that has not streamed for this long, from a primary that is alive, is copied anew. */
const STALLED_MILLISECONDS = 10_000;

export interface ClusterSettings {
  readonly name: string;
  readonly version: string;
  readonly adminUser: string;
}

/** One server as `status` shows it. */
export interface ServerStatus {
  readonly cluster: string;
  readonly node: string;
  readonly role: "primary" | "standby" | "replica";
  readonly running: boolean;
  /** WAL that it has not applied yet; undefined for a primary, and while it does not stream. */
  readonly lagBytes: number | undefined;
}

/**
 * An endpoint and the servers behind it: the leader, which the endpoint's addresses lead to, and standbys that stream
 * from it. The leader of a read replica is itself a standby, of the cluster upstream.
 * All public calls take turns, so that none of them sees a failover half done.
 */
export class Cluster {
  readonly replicas = new Set<Cluster>();
  private readonly standbys: PostgresServer[] = [];
  private leader: PostgresServer;
  private readonly pooler: Pooler;
  private readonly turns = new Turns();
  private serversMade = 0;
  private missedChecks = 0;
  private trustedSources: readonly string[] | undefined;
  private readonly stalledSince = new Map<PostgresServer, number>();

  constructor(
    private readonly context: DatabaseContext,
    readonly settings: ClusterSettings,
    readonly endpoint: Endpoint,
    private upstream: Cluster | undefined,
  ) {
    this.leader = this.createServer();
    this.pooler = new Pooler(context, endpoint, this.leader.port);
  }

  /** Starts a primary and `nodeCount - 1` standbys, with the admin user and the default database. */
  startPrimary(nodeCount: number, adminPassword: string, defaultDatabase: string): Promise<void> {
    return this.turns.run(async () => {
      const prepared = await prepareDataDirectory(this.context, this.settings.version);
      for (let count = 1; count < nodeCount; count++) this.standbys.push(this.createServer());
      const start = async (server: PostgresServer, source: Source | undefined) => {
        await server.copyPrepared(prepared);
        await server.start(source);
      };
      const standbys = this.standbys.map((standby) => start(standby, this.localSource()));
      const primary = start(this.leader, undefined).then(async () => {
        await createAccounts(this.leader, this.settings.adminUser, adminPassword);
        await createDatabase(this.leader, defaultDatabase, this.settings.adminUser);
      });
      await finishAll([primary, ...standbys, this.openToClients()]);
    });
  }

  /** Starts the one server of a read replica, and lets it in upstream. */
  startReplica(): Promise<void> {
    return this.turns.run(async () => {
      const { upstream } = this;
      if (!upstream) throw new Error(`${this.settings.name}: has no cluster to replicate`);
      const source = this.upstreamSource(upstream);
      const prepared = await prepareDataDirectory(this.context, this.settings.version);
      const fromTheStart = await upstream.letIn(this);
      await (fromTheStart ? this.leader.copyPrepared(prepared) : this.leader.copyFrom(source));
      await finishAll([this.leader.start(source), this.openToClients()]);
    });
  }

  resize(nodeCount: number): Promise<void> {
    return this.turns.run(async () => {
      while (this.standbys.length > nodeCount - 1) await this.standbys.pop()!.destroy();
      while (this.standbys.length < nodeCount - 1) {
        const standby = this.createServer();
        await standby.copyFrom(this.localSource());
        await standby.start(this.localSource());
        this.standbys.push(standby);
      }
    });
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
      await Promise.all([this.pooler.stop(), ...this.servers().map((server) => server.destroy())]);
      await this.endpoint.close();
      await this.upstream?.letOut(this);
    });
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

  /** Looks after the servers once: replaces a dead primary, brings back what else is gone. */
  check(): Promise<void> {
    // Whatever has the turn now may be what makes a server not answer.
    if (!this.turns.idle) return Promise.resolve();
    return this.turns.run(async () => {
      if (await this.leaderIsDead()) await (this.upstream ? this.leader.kill() : this.failOver());
      await this.pooler.keepRunning();
      if (this.upstream) await this.keepStreaming(this.leader, this.upstreamSource(this.upstream));
      for (const standby of this.standbys) await this.keepStreaming(standby, this.localSource());
    });
  }

  /** A fault for rehearsals: the server dies as by a power cut. Returns whether there is one of that name. */
  async killServer(name: string): Promise<boolean> {
    const server = this.servers().find((candidate) => candidate.name === name);
    await server?.kill();
    return server !== undefined;
  }

  async status(): Promise<ServerStatus[]> {
    const lags = await (this.upstream ?? this).lags();
    return this.servers().map((server) => ({
      cluster: this.settings.name,
      node: server.name,
      role: server !== this.leader ? "standby" : this.upstream ? "replica" : "primary",
      running: server.running,
      lagBytes: lags.get(server.name),
    }));
  }

  get place(): DatabaseNodePlace {
    return this.endpoint.settings.place;
  }

  private servers(): PostgresServer[] {
    return [this.leader, ...this.standbys];
  }

  private createServer(): PostgresServer {
    const number = this.serversMade++;
    const name = `${this.endpoint.settings.nodeName}-${number + 1}`;
    return new PostgresServer(this.context, this.endpoint, this.settings.version, name, FIRST_SERVER_PORT + number);
  }

  private localSource(): Source {
    return { host: "/srv/socket", port: `${this.leader.port}`, user: "postgres" };
  }

  private upstreamSource(upstream: Cluster): Source {
    return upstream.endpoint.replicationSource(this.endpoint);
  }

  private async openToClients(): Promise<void> {
    await Promise.all([this.endpoint.leadTo(this.leader.port), this.applyRules()]);
  }

  private async applyRules(): Promise<void> {
    const replicas = [...this.replicas].flatMap(({ place }) => [place.privateAddress, place.publicAddress]);
    await this.endpoint.admit(this.trustedSources, replicas);
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

  private async leaderIsDead(): Promise<boolean> {
    if (!this.leader.running) return true;
    this.missedChecks = (await this.leader.answers(CHECK_LIMIT_SECONDS)) ? 0 : this.missedChecks + 1;
    return this.missedChecks >= MISSED_CHECKS;
  }

  /** Kills it for certain, so that it can never take a write again, and puts the best standby in its place. */
  private async failOver(): Promise<void> {
    const started = performance.now();
    const old = this.leader;
    await old.kill();
    const successor = await this.mostAdvancedStandby();
    if (!successor) return this.restartLeader();
    this.context.report(`${old.name} is dead, ${successor.name} takes over`);
    await successor.promote();
    this.standbys.splice(this.standbys.indexOf(successor), 1, old);
    this.leader = successor;
    this.missedChecks = 0;
    await Promise.all([this.endpoint.leadTo(successor.port), this.pooler.leadTo(successor.port)]);
    for (const standby of this.standbys) if (standby.running) await standby.follow(this.localSource());
    // Its timeline is no longer the new primary's, so it cannot follow: `keepStreaming` copies it anew.
    this.stalledSince.set(old, -Infinity);
    this.context.report(`${successor.name} is the primary after ${Math.round(performance.now() - started)} ms`);
  }

  private async mostAdvancedStandby(): Promise<PostgresServer | undefined> {
    const alive = this.standbys.filter(({ running }) => running);
    const positions = await Promise.all(
      alive.map(async (standby) => ({
        standby,
        position: await standby.position(CHECK_LIMIT_SECONDS).catch(() => -1),
      })),
    );
    return positions.filter(({ position }) => position >= 0).sort((a, b) => b.position - a.position)[0]?.standby;
  }

  private async restartLeader(): Promise<void> {
    this.context.report(`${this.leader.name} is dead and is started again`);
    await this.leader.kill();
    this.missedChecks = 0;
    await this.leader.start(undefined);
  }

  /** Starts a standby that is gone, and copies one anew that has not been able to stream from its source. */
  private async keepStreaming(standby: PostgresServer, source: Source): Promise<void> {
    if (await standby.streams(CHECK_LIMIT_SECONDS)) {
      this.stalledSince.delete(standby);
      return;
    }
    const since = this.stalledSince.get(standby) ?? performance.now();
    this.stalledSince.set(standby, since);
    if (performance.now() - since > STALLED_MILLISECONDS) {
      if (!(await this.sourceAnswers())) return;
      this.context.report(`${standby.name} cannot follow and is copied anew`);
      await standby.kill();
      await standby.copyFrom(source);
      this.stalledSince.delete(standby);
    }
    if (!standby.running) await standby.start(source);
  }

  private sourceAnswers(): Promise<boolean> {
    return (this.upstream ?? this).leader.answers(CHECK_LIMIT_SECONDS);
  }
}

/** Like Promise.all, but nothing goes on any more when it rejects. */
async function finishAll(work: ReadonlyArray<Promise<unknown>>): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === "rejected") throw result.reason;
}
