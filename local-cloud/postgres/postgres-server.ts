import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceProcess } from "../services/service-process";
import { SYSTEM_USER, copyDataDirectory, programOf } from "./data-directory";
import type { ConnectionLimits } from "../platform/database-connections";
import type { DatabaseNode } from "./database-node";
import { LATE_PORT, METRICS_PORT } from "./endpoint";
import { runProgram } from "../../programs/run-program";
import { waitUntil } from "../../programs/wait-until";
import {
  renderConnectionString,
  renderServerConfiguration,
  type RecoveryTarget,
  type Source,
} from "./server-configuration";
import { runSql, type Row } from "./sql-connection";
import type { DatabaseContext } from "./database-context";

const START_LIMIT_SECONDS = 30;
const STOP_LIMIT_SECONDS = 10;
const QUERY_LIMIT_SECONDS = 30;
const COPY_LIMIT_SECONDS = 300;
/** Sessions that keep something from others on purpose have this `application_name`. */
const OCCUPANT = "occupant";
const OCCUPY_LIMIT_SECONDS = 20;
const LONGEST_SECONDS = 86_400;
/** Of users: what PostgreSQL itself has is below this number. */
const LOCK_EVERY_TABLE = `DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384
  LOOP EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', name); END LOOP; END $$;`;
/** As many of the log as say why a server has ended. */
const LOG_LINES = 10;

/** A frozen machine stands still, with all that it knew, and its network is silent. */
export type Power = "on" | "off" | "frozen";

/** One PostgreSQL server: its data directory and its process. Knows nothing of its peers but whom it follows. */
export class PostgresServer {
  private process: ServiceProcess | undefined;
  private source: Source | undefined;
  private currentPower: Power = "on";
  private replayDelaySeconds = 0;
  private awaitedStandbys: readonly string[] = [];
  private readOnly = false;
  private recoveryTarget: RecoveryTarget | undefined;
  private sendingDelaySeconds = 0;
  /** Runs while there is a delay of what the server sends. */
  private lateSender: ServiceProcess | undefined;
  private metrics: ServiceProcess | undefined;

  constructor(
    private readonly context: Pick<DatabaseContext, "tree">,
    readonly node: DatabaseNode,
    readonly version: string,
    readonly port: number,
    private connections: ConnectionLimits,
    private archives: boolean,
  ) {}

  get power(): Power {
    return this.currentPower;
  }

  get running(): boolean {
    return this.process?.running ?? false;
  }

  /** Takes a copy of the prepared data directory. */
  async copyPrepared(prepared: string): Promise<void> {
    await copyDataDirectory(prepared, this.dataDirectory);
  }

  /** Takes a copy of a running server: a base backup. */
  async copyFrom(source: Source): Promise<void> {
    await rm(this.dataDirectory, { recursive: true, force: true });
    const options = ["--checkpoint=fast", "--wal-method=stream", "--no-sync"];
    const target = ["--pgdata", "/srv/data", "--dbname", renderConnectionString(source)];
    const command = [programOf(this.version, "pg_basebackup"), ...options, ...target];
    await this.context.tree.run({ ...this.programPlace(), command }, COPY_LIMIT_SECONDS);
  }

  /** Makes a base backup of this running server in a directory of its node; returns the path. */
  async takeBaseBackup(): Promise<string> {
    const directory = path.join(this.node.directory, "backup");
    await rm(directory, { recursive: true, force: true });
    const options = ["--checkpoint=fast", "--wal-method=stream", "--no-sync", "--format=tar", "--compress=gzip:1"];
    const from = renderConnectionString({ host: "/srv/socket", port: `${this.port}`, user: SYSTEM_USER });
    const target = ["--pgdata", "/srv/backup", "--dbname", from];
    const command = [programOf(this.version, "pg_basebackup"), ...options, ...target];
    await this.context.tree.run({ ...this.programPlace(), command }, COPY_LIMIT_SECONDS);
    return directory;
  }

  /** Whether this WAL file, or a later one, has been archived. */
  async hasArchived(file: string): Promise<boolean> {
    const [row] = await this.query(`SELECT last_archived_wal >= '${file}' FROM pg_stat_archiver`);
    return row?.[0] === "t";
  }

  /**
   * Starts as a primary with the data of a base backup and the WAL after it, up to the target; resolves when it takes
   * writes. When there is no WAL up to the target, it ends where the WAL does: nothing is known of the time after it.
   */
  async restore(base: string, wal: string, target: RecoveryTarget): Promise<void> {
    const restore = path.join(this.node.directory, "restore");
    await copyDataDirectory(wal, restore);
    try {
      await this.recover(base, target).catch(async (error: Error) => {
        if (!error.message.includes("recovery ended before configured recovery target")) throw error;
        await this.recover(base, "end");
      });
    } finally {
      await rm(restore, { recursive: true, force: true });
    }
  }

  private async recover(base: string, target: RecoveryTarget): Promise<void> {
    await this.kill();
    await this.extract(base);
    await writeFile(path.join(this.dataDirectory, "recovery.signal"), "");
    this.recoveryTarget = target;
    try {
      await this.start(undefined);
      await waitUntil(`${this.node.name}: recovery`, COPY_LIMIT_SECONDS, () => this.isPrimary(), 100);
    } finally {
      this.recoveryTarget = undefined;
    }
    await this.reload();
  }

  private async extract(base: string): Promise<void> {
    await rm(this.dataDirectory, { recursive: true, force: true });
    for (const [archive, directory] of [
      ["base.tar.gz", ""],
      ["pg_wal.tar.gz", "pg_wal"],
    ] as const) {
      const target = path.join(this.dataDirectory, directory);
      await mkdir(target, { recursive: true });
      await runProgram(["tar", "--extract", "--gzip", "--file", path.join(base, archive), "--directory", target]);
    }
    const { uid, gid } = this.context.tree.findUser(SYSTEM_USER);
    await runProgram(["chown", "--recursive", `${uid}:${gid}`, this.dataDirectory]);
    await runProgram(["chmod", "700", this.dataDirectory]);
  }

  private async isPrimary(): Promise<boolean> {
    if (!this.running) throw new Error(`${this.node.name}: ended while it recovered: ${await this.lastLogLines()}`);
    const rows = await this.query("SELECT pg_is_in_recovery()").catch(() => []);
    return rows[0]?.[0] === "f";
  }

  /** Starts as a standby of `source`, or as a primary; resolves when it answers. */
  async start(source: Source | undefined): Promise<void> {
    // Those that it waited for as a primary would stop its commits when it becomes one again.
    if (source) this.awaitedStandbys = [];
    await this.writeConfiguration(source);
    const signalFile = path.join(this.dataDirectory, "standby.signal");
    if (source) await writeFile(signalFile, "");
    else await rm(signalFile, { force: true });
    const configuration = "config_file=/srv/postgresql.conf";
    const command = [programOf(this.version, "postgres"), "-D", "/srv/data", "-c", configuration];
    if (this.power !== "on") throw new Error(`${this.node.name}: cannot be started, its power is ${this.power}`);
    this.process = this.context.tree.start({ ...this.programPlace(), command }, this.logFile);
    await this.startLateSender();
    this.startMetrics();
    await this.waitUntilAnswering();
  }

  /** A running server is started again: all its connections end. Nothing happens when the limits are as they were. */
  async limitConnections(connections: ConnectionLimits): Promise<void> {
    if (JSON.stringify(connections) === JSON.stringify(this.connections)) return;
    this.connections = connections;
    if (!this.running || this.power !== "on") return;
    await this.stop();
    await this.start(this.source);
  }

  /** Ends it cleanly: its clients are cut off, and whoever follows it gets the rest of what it has. */
  async stop(): Promise<void> {
    await this.process?.stop("SIGINT", STOP_LIMIT_SECONDS);
    await this.lateSender?.kill();
  }

  /**
   * What others commit from now on is seen on this standby so many seconds later; 0 ends that. It receives everything at
   * once all the same, and loses nothing of it when it becomes the primary.
   */
  async delayReplay(seconds: number): Promise<void> {
    this.replayDelaySeconds = seconds;
    await this.reload();
  }

  /** Commits of this primary are acknowledged when one of these standbys has them; nobody waits when there are none. */
  async awaitStandbys(names: readonly string[]): Promise<void> {
    this.awaitedStandbys = names;
    await this.reload();
  }

  /** Also in sessions that are open, unless they say otherwise themselves. */
  async setReadOnly(on: boolean): Promise<void> {
    this.readOnly = on;
    await this.reload();
  }

  /**
   * Sessions of the user take what others need until `release`: every connection that is free, or a lock of every table
   * against writes. Resolves when they have it.
   */
  async occupy(what: "connections" | "tables", user: string): Promise<void> {
    const { socket } = this;
    const databases = await this.query("SELECT datname FROM pg_database WHERE NOT datistemplate");
    const sessions =
      what === "tables"
        ? databases.map(([name]) => ({ target: { socket, database: name!, uncounted: true }, first: LOCK_EVERY_TABLE }))
        : Array.from({ length: this.connections.max }, () => ({
            target: { socket, database: "postgres", user },
            first: "",
          }));
    let there = sessions.length;
    for (const { target, first } of sessions) {
      const end = runSql(
        { ...target, name: OCCUPANT },
        `${first} SELECT pg_sleep(${LONGEST_SECONDS})`,
        LONGEST_SECONDS,
      );
      end.catch(() => there--);
    }
    const resting = `SELECT count(*) FROM pg_stat_activity WHERE application_name = '${OCCUPANT}' AND wait_event = 'PgSleep'`;
    const have = async () => Number((await this.query(resting))[0]![0]) >= there;
    await waitUntil(`${this.node.name}: sessions that take ${what}`, OCCUPY_LIMIT_SECONDS, have, 100);
  }

  async release(): Promise<void> {
    await this.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${OCCUPANT}'`);
  }

  /** Where a standby follows it: what goes through another port than its own arrives late. */
  get streamingPort(): number {
    return this.sendingDelaySeconds > 0 ? LATE_PORT : this.port;
  }

  /**
   * Whoever follows it at `streamingPort` receives what is committed here so many seconds later, and what is on its way
   * when the power is lost never; 0 ends that. A standby that followed before has to be turned there.
   */
  async delaySending(seconds: number): Promise<void> {
    this.sendingDelaySeconds = seconds;
    await this.lateSender?.kill();
    if (this.running) await this.startLateSender();
  }

  /** Its processes end at once, without a word to anybody. What started it may start it again. */
  async kill(): Promise<void> {
    await Promise.all(this.processes().map((process) => process.kill()));
  }

  /** Connections to it get no answer any more; resolves to when that began (milliseconds since 1970). */
  async powerOff(): Promise<number> {
    this.currentPower = "off";
    await this.node.cutOff();
    const at = Date.now();
    await this.kill();
    return at;
  }

  /** Whoever looks after it starts it. */
  async powerOn(): Promise<void> {
    if (this.power === "off") this.currentPower = "on";
    await this.node.connect();
  }

  /** Resolves to when it began. */
  async freeze(): Promise<number> {
    this.currentPower = "frozen";
    await this.node.cutOff();
    const at = Date.now();
    await Promise.all(this.processes().map((process) => process.freeze()));
    return at;
  }

  async thaw(): Promise<void> {
    if (this.power === "frozen") this.currentPower = "on";
    await Promise.all(this.processes().map((process) => process.thaw()));
    await this.node.connect();
  }

  /** Turns a running standby to a source. Returns whether it is another one than it had. */
  async follow(source: Source): Promise<boolean> {
    if (JSON.stringify(source) === JSON.stringify(this.source)) return false;
    await this.writeConfiguration(source);
    await this.process?.signal("SIGHUP");
    return true;
  }

  /** Turns a running standby into a primary; resolves when it takes writes. */
  async promote(): Promise<void> {
    this.archives = true;
    const [row] = await this.query("SELECT pg_promote(true, 20)");
    if (row?.[0] !== "t") throw new Error(`${this.node.name}: was not promoted within 20 s`);
    this.source = undefined;
    await this.reload();
  }

  async query(sql: string, database = "postgres", limitSeconds = QUERY_LIMIT_SECONDS): Promise<Row[]> {
    return runSql({ socket: this.socket, database, uncounted: true }, sql, limitSeconds);
  }

  /** Whether it answers within `limitSeconds`. */
  async answers(limitSeconds: number): Promise<boolean> {
    if (!this.running || this.power !== "on") return false;
    return this.query("SELECT 1", "postgres", limitSeconds).then(
      () => true,
      () => false,
    );
  }

  /** The timeline that a primary writes; undefined when it does not answer, or is none. */
  async timeline(limitSeconds: number): Promise<number | undefined> {
    if (!this.running || this.power !== "on") return undefined;
    const sql = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";
    const rows = await this.query(sql, "postgres", limitSeconds).catch(() => []);
    return rows[0] && Number(rows[0][0]);
  }

  /**
   * Whether a standby receives WAL right now, from where it is told to, and of that timeline. One that is ahead of where
   * the timeline began gets what came before that again and again, several times a second, and never follows.
   */
  async streams(limitSeconds: number, timeline?: number): Promise<boolean> {
    if (!this.running) return false;
    const conditions = ["status = 'streaming'", `sender_port = ${this.source?.port}`];
    if (timeline !== undefined) conditions.push(`received_tli = ${timeline}`);
    const sql = `SELECT 1 FROM pg_stat_wal_receiver WHERE ${conditions.join(" AND ")}`;
    return (await this.query(sql, "postgres", limitSeconds).catch(() => [])).length > 0;
  }

  /** Whether this primary has sent all to that standby, and what comes next goes there at once. */
  async sendsTo(standby: string): Promise<boolean> {
    const sql = `SELECT 1 FROM pg_stat_replication WHERE application_name = '${standby}' AND state = 'streaming'`;
    return (await this.query(sql)).length > 0;
  }

  /** How far a standby has come, in bytes of WAL since `initdb`. */
  async position(limitSeconds: number): Promise<number> {
    const reached = "greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'), pg_last_wal_replay_lsn())";
    const [row] = await this.query(`SELECT pg_wal_lsn_diff(${reached}, '0/0')`, "postgres", limitSeconds);
    return Number(row?.[0] ?? 0);
  }

  private processes(): ServiceProcess[] {
    return [this.process, this.lateSender, this.metrics].filter((process) => process !== undefined);
  }

  /** Resolves when it listens: a standby that is turned to it sooner is without its primary meanwhile. */
  private async startLateSender(): Promise<void> {
    if (this.sendingDelaySeconds === 0 || this.lateSender?.running) return;
    const listening = path.join(this.node.directory, "socket/late-sender");
    await rm(listening, { force: true });
    const numbers = [this.sendingDelaySeconds, LATE_PORT, this.port].map(String);
    const command = ["/usr/bin/python3", "/srv/send-late.py", ...numbers, "/srv/socket/late-sender"];
    this.lateSender = this.context.tree.start({ ...this.programPlace(), command }, this.logFile);
    await waitUntil(`${this.node.name}: late sender`, START_LIMIT_SECONDS, () => {
      if (!this.lateSender?.running) throw new Error(`${this.node.name}: the late sender has ended`);
      return existsSync(listening);
    });
  }

  /** It goes on while the server itself is started again. */
  private startMetrics(): void {
    if (this.metrics?.running) return;
    const ports = [METRICS_PORT, this.port].map(String);
    const command = ["/usr/bin/python3", "/srv/metrics.py", ...ports, programOf(this.version, "psql")];
    this.metrics = this.context.tree.start({ ...this.programPlace(), command }, this.logFile);
  }

  private get socket(): string {
    return path.join(this.node.directory, "socket", `.s.PGSQL.${this.port}`);
  }

  private get dataDirectory(): string {
    return path.join(this.node.directory, "data");
  }

  private get logFile(): string {
    return path.join(this.node.directory, "postgres.log");
  }

  /** The log itself may go with the node. */
  private async lastLogLines(): Promise<string> {
    return (await readFile(this.logFile, "utf8")).trimEnd().split("\n").slice(-LOG_LINES).join("\n");
  }

  private programPlace() {
    const { directory: files, networkNamespace } = this.node;
    return { user: SYSTEM_USER, files, networkNamespace };
  }

  private async writeConfiguration(source: Source | undefined): Promise<void> {
    const { port, connections, replayDelaySeconds, awaitedStandbys, readOnly, recoveryTarget } = this;
    // What a server reads while it recovers is in the backups of another cluster.
    const archives = this.archives && recoveryTarget === undefined;
    const same = { port, connections, replayDelaySeconds, awaitedStandbys, readOnly, recoveryTarget };
    const settings = { ...same, name: this.node.name, source, archives };
    await writeFile(path.join(this.node.directory, "postgresql.conf"), renderServerConfiguration(settings));
    this.source = source;
  }

  private async reload(): Promise<void> {
    await this.writeConfiguration(this.source);
    await this.process?.signal("SIGHUP");
  }

  private async waitUntilAnswering(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_SECONDS * 1000;
    while (!(await this.answers(1))) {
      if (!this.running) throw new Error(`${this.node.name}: ended while it started: ${await this.lastLogLines()}`);
      if (Date.now() > deadline) {
        throw new Error(`${this.node.name}: does not answer after ${START_LIMIT_SECONDS} s, see ${this.logFile}`);
      }
      await sleep(20);
    }
  }
}
