import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionPool } from "../platform/platform";
import type { ServiceProcess } from "../services/service-process";
import { SYSTEM_USER } from "./data-directory";
import type { Endpoint } from "./endpoint";
import { renderPgbouncerHba, renderPgbouncerIni } from "./pooler-configuration";
import { runSql } from "./sql-connection";
import type { DatabaseContext } from "./database-context";

const START_LIMIT_SECONDS = 10;

/** PgBouncer in front of an endpoint's server. It runs while there are pools; nothing listens on its port otherwise. */
export class Pooler {
  private process: ServiceProcess | undefined;
  private pools: readonly ConnectionPool[] = [];

  constructor(
    private readonly context: Pick<DatabaseContext, "tree">,
    private readonly endpoint: Endpoint,
    private serverPort: number,
  ) {}

  /** Connections through pools that stay as they are go on. */
  async setPools(pools: readonly ConnectionPool[]): Promise<void> {
    this.pools = pools;
    await this.apply();
  }

  /** Turns all pools to another server; clients stay connected and wait, unless they are in a transaction. */
  async leadTo(serverPort: number): Promise<void> {
    this.serverPort = serverPort;
    await this.apply();
  }

  /** Starts it again when it has died. */
  async keepRunning(): Promise<void> {
    if (this.pools.length > 0 && !this.process?.running) await this.apply();
  }

  async stop(): Promise<void> {
    await this.process?.kill();
  }

  private async apply(): Promise<void> {
    if (this.pools.length === 0) return this.stop();
    await this.writeConfiguration();
    if (this.process?.running) return this.console("RELOAD");
    const { directory: files, networkNamespace } = this.endpoint;
    const program = { command: ["/usr/sbin/pgbouncer", "/srv/pooler/pgbouncer.ini"], user: SYSTEM_USER, files };
    const log = path.join(files, "pooler.log");
    this.process = this.context.tree.start({ ...program, networkNamespace }, log);
    await this.waitUntilListening(log);
  }

  private async waitUntilListening(log: string): Promise<void> {
    const deadline = Date.now() + START_LIMIT_SECONDS * 1000;
    for (;;) {
      try {
        return await this.console("SHOW VERSION");
      } catch (error) {
        if (!this.process?.running || Date.now() > deadline) {
          throw new Error(`${this.endpoint.settings.nodeName}: the pooler does not start, see ${log}`, {
            cause: error,
          });
        }
        await sleep(20);
      }
    }
  }

  private async console(command: string): Promise<void> {
    const { directory, settings } = this.endpoint;
    const socket = path.join(directory, "socket", `.s.PGSQL.${settings.poolPort}`);
    await runSql({ socket, database: "pgbouncer" }, command, 5);
  }

  private async writeConfiguration(): Promise<void> {
    const { pools, serverPort } = this;
    const directory = path.join(this.endpoint.directory, "pooler");
    const port = this.endpoint.settings.poolPort;
    await writeFile(path.join(directory, "pgbouncer.ini"), renderPgbouncerIni({ port, serverPort, pools }));
    await writeFile(path.join(directory, "hba.conf"), renderPgbouncerHba(pools));
    await writeFile(path.join(directory, "users"), '"postgres" ""\n');
  }
}
