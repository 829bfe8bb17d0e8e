import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { databasePorts } from "../../local-cloud/api/digitalocean/account/database-connections";
import { runSql } from "../../local-cloud/postgres/sql-connection";

/** Seconds until PostgreSQL has noticed the sessions of a node that lost its power, which may have the row, and some more. */
const NOTICED_SECONDS = 15 + 5 + 5;

/**
 * Makes requests long in any application: a transaction beside it holds a row, so that whoever changes that row waits for
 * the end of the transaction. Slow bodies would not do it, since the local edge collects a body before it passes it on.
 */
export class RowHolder implements AsyncDisposable {
  private isEnding = false;
  private readonly ended: Promise<void>;

  /** `row` is SQL that selects it; it is let go for an instant every `seconds`. */
  constructor(
    private readonly stateDirectory: string,
    row: string,
    private readonly seconds: number,
  ) {
    this.ended = this.hold(`${row} for no key update; select pg_sleep(${seconds})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isEnding = true;
    await this.ended;
  }

  private async hold(sql: string): Promise<void> {
    // Of the site's cluster, as long as its primary has not failed over.
    const socket = path.join(this.stateDirectory, `databases/db1-1/socket/.s.PGSQL.${databasePorts.direct}`);
    for (; !this.isEnding; await sleep(500))
      await runSql({ socket, database: "app" }, sql, this.seconds + NOTICED_SECONDS);
  }
}
