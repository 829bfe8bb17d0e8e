import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** How libpq reaches a server. The password is in the environment of psql alone. */
export interface PsqlTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** File with the PEM certificate of the authority that signs the server's. */
  readonly authority: string;
}

/** `refused`: the server says that it did not do it. `lost`: whether it did is not known. */
export type Answer =
  | { readonly outcome: "answered"; readonly line: string }
  | { readonly outcome: "refused" | "lost"; readonly problem: string };

/** A server that went away without a word is noticed after this; psql itself would wait for minutes. */
const TCP_LIMIT_MS = 2000;

/**
 * One connection of libpq, held by psql: statements that return one row of one column each, or an error. psql ends when
 * its connection does, as it does whenever it reads from a pipe.
 */
export class PsqlSession {
  private waiting: ((answer: Answer) => void) | undefined;
  private lastWords = "psql: ended";
  private over = false;

  private constructor(private readonly child: ChildProcess) {
    child.stdin!.on("error", () => undefined);
    createInterface({ input: child.stdout! }).on("line", (line) => this.answer({ outcome: "answered", line }));
    createInterface({ input: child.stderr! }).on("line", (line) => {
      this.lastWords = line;
      // What the server says before it ends the connection (FATAL) is followed by the end of psql.
      if (/^(psql:.*: )?ERROR: /.test(line)) this.answer({ outcome: "refused", problem: line });
    });
    const end = (problem: string): void => {
      this.over = true;
      this.answer({ outcome: "lost", problem });
    };
    child.on("error", (error) => end(`psql: ${error.message}`));
    child.on("close", () => end(this.lastWords));
  }

  /** Undefined when the server cannot be reached now. Throws when there is no psql on this machine. */
  static async tryOpen(target: PsqlTarget, limitMs: number): Promise<PsqlSession | undefined> {
    const { host, port, user, password, database, authority } = target;
    const options = { host, port, user, dbname: database, sslmode: "verify-full", sslrootcert: authority };
    const limits = { connect_timeout: 2, tcp_user_timeout: TCP_LIMIT_MS, application_name: "ledger" };
    const connection = Object.entries({ ...options, ...limits }).map(([key, value]) => `${key}=${value}`);
    const session = new PsqlSession(
      spawn("psql", ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", connection.join(" ")], {
        env: { ...process.env, PGPASSWORD: password },
        stdio: "pipe",
      }),
    );
    const answer = await session.ask("SELECT 1", limitMs);
    if (answer.outcome === "answered") return session;
    session.close();
    if (/ENOENT/.test(answer.problem))
      throw new Error("psql: is missing on this machine: apt-get install postgresql-client");
    return undefined;
  }

  /** Whether it has ended: every further statement is lost. */
  get ended(): boolean {
    return this.over;
  }

  /** One statement at a time. Without an answer within the limit the connection is ended, and the answer is lost. */
  async ask(statement: string, limitMs: number): Promise<Answer> {
    if (this.over) return { outcome: "lost", problem: this.lastWords };
    const limit = setTimeout(() => {
      this.answer({ outcome: "lost", problem: `no answer in ${limitMs} ms` });
      this.close();
    }, limitMs);
    try {
      return await new Promise((resolve) => {
        this.waiting = resolve;
        this.child.stdin!.write(`${statement};\n`);
      });
    } finally {
      clearTimeout(limit);
    }
  }

  close(): void {
    this.over = true;
    this.child.kill("SIGKILL");
  }

  private answer(answer: Answer): void {
    this.waiting?.(answer);
    this.waiting = undefined;
  }
}
