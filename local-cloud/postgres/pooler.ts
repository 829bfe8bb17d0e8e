import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionPool } from "../platform/platform";
import type { ServiceProcess } from "../services/service-process";
import { SYSTEM_USER } from "./data-directory";
import type { DatabaseNode } from "./database-node";
import type { EndpointSettings } from "./endpoint";
import { renderPgbouncerHba, renderPgbouncerIni } from "./pooler-configuration";
import { runSql } from "./sql-connection";
import type { DatabaseContext } from "./database-context";

const START_LIMIT_SECONDS = 10;

/** PgBouncer on the node of an endpoint's leader. It runs while there are pools; nothing listens on its port otherwise. */
export class Pooler {
  private process: ServiceProcess | undefined;
  private pools: readonly ConnectionPool[] = [];

  constructor(
    private readonly context: Pick<DatabaseContext, "tree">,
    private readonly settings: Pick<EndpointSettings, "port" | "poolPort">,
    private node: DatabaseNode,
  ) {}

  /** Connections through pools that stay as they are go on. */
  async setPools(pools: readonly ConnectionPool[]): Promise<void> {
    this.pools = pools;
    await this.apply();
  }

  /** Leaves the node where it was, and its clients there. */
  async moveTo(node: DatabaseNode): Promise<void> {
    await this.stop();
    this.node = node;
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
    const { directory: files, networkNamespace } = this.node;
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
          throw new Error(`${this.node.name}: the pooler does not start, see ${log}`, {
            cause: error,
          });
        }
        await sleep(20);
      }
    }
  }

  private async console(command: string): Promise<void> {
    const socket = path.join(this.node.directory, "socket", `.s.PGSQL.${this.settings.poolPort}`);
    await runSql({ socket, database: "pgbouncer" }, command, 5);
  }

  private async writeConfiguration(): Promise<void> {
    const { pools, settings } = this;
    const directory = path.join(this.node.directory, "pooler");
    const ini = renderPgbouncerIni({ port: settings.poolPort, serverPort: settings.port, pools });
    await writeFile(path.join(directory, "pgbouncer.ini"), ini);
    await writeFile(path.join(directory, "hba.conf"), renderPgbouncerHba(pools));
    await writeFile(path.join(directory, "users"), '"postgres" ""\n');
  }
}
