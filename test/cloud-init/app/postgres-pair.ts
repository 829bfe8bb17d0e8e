import { waitUntil, type ImageSandbox, type SandboxProcess } from "../image-sandbox";

const directory = "/srv/postgres";
const ports = { primary: 5001, replica: 5002 } as const;
export type Member = keyof typeof ports;

/**
 * A primary and a streaming replica in a sandbox, with the accounts that DigitalOcean makes: `doadmin`, who owns the
 * database `site` without being a superuser, and `app`, who owns nothing.
 */
export class PostgresPair {
  /** Rejects when the sandbox's image has no PostgreSQL server. */
  static async start(sandbox: ImageSandbox): Promise<PostgresPair> {
    const programs = sandbox.tryFind("/usr/lib/postgresql", "bin/initdb");
    if (programs === undefined)
      throw new Error("the image has no PostgreSQL server: unset LOCAL_CLOUD_IMAGE, run `npm test`");
    const pair = new PostgresPair(sandbox, programs);
    await sandbox.run(["install", "-d", "-o", "postgres", directory]);
    await pair.runAs("initdb", "--pgdata", `${directory}/primary`, "--auth=trust", "--no-sync");
    await pair.start("primary");
    await pair.sql("postgres", "create role doadmin login createrole; create role app login");
    await pair.sql("postgres", "create database site owner doadmin");
    const source = ["--host", directory, "--port", String(ports.primary)];
    const target = ["--pgdata", `${directory}/replica`, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
    await pair.runAs("pg_basebackup", ...source, ...target);
    await pair.start("replica");
    return pair;
  }

  private readonly servers: Partial<Record<Member, SandboxProcess>> = {};

  private constructor(
    private readonly sandbox: ImageSandbox,
    private readonly programs: string,
  ) {}

  async start(member: Member): Promise<void> {
    const settings = {
      port: ports[member],
      unix_socket_directories: directory,
      listen_addresses: "127.0.0.1",
      fsync: "off",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.servers[member] = this.sandbox.spawn(this.asPostgres("postgres", "-D", `${directory}/${member}`, ...options));
    const probe = ["pg_isready", "--quiet", "--host", directory, "--port", String(ports[member])] as const;
    await waitUntil(`the ${member} accepts connections`, async () => this.runAs(...probe).then(() => true));
  }

  /** At once, as when the machine dies. */
  async kill(member: Member): Promise<void> {
    const server = this.servers[member];
    await server?.signal("QUIT");
    await server?.ended;
  }

  /** Its connections stay, and new ones are accepted, but nothing answers. */
  async freeze(member: Member): Promise<void> {
    await this.signalAll(member, "STOP");
  }

  async thaw(member: Member): Promise<void> {
    await this.signalAll(member, "CONT");
  }

  private async signalAll(member: Member, name: string): Promise<void> {
    const pid = `$(head -n 1 ${directory}/${member}/postmaster.pid)`;
    await this.sandbox.run(["sh", "-c", `kill -s ${name} ${pid} $(pgrep -P ${pid})`]);
  }

  /** As superuser. */
  sql(database: string, statements: string, member: Member = "primary"): Promise<string> {
    const place = ["--host", directory, "--port", String(ports[member]), "--dbname", database];
    return this.runAs("psql", ...place, "--quiet", "--tuples-only", "--no-align", "--command", statements);
  }

  private runAs(program: string, ...args: string[]): Promise<string> {
    return this.sandbox.run(this.asPostgres(program, ...args));
  }

  private asPostgres(program: string, ...args: string[]): string[] {
    const user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"];
    return [...user, `${this.programs}/${program}`, ...args];
  }
}
