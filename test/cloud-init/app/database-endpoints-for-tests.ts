import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { databaseFiles, prepareFiles } from "../../../cloud-init/app/endpoints";
import { databaseAuthorityPath } from "../../../cloud-init/app/database-authority";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import type { DatabaseCluster, DatabaseReplica } from "../../../local-cloud/platform/platform";
import type { Names } from "../../../local-cloud/platform/names";
import type { ServerStatus } from "../../../local-cloud/postgres/cluster";
import { ManagedDatabases } from "../../../local-cloud/postgres/managed-databases";
import type { ServicesTree } from "../../../local-cloud/services/services-tree";
import { addresses, exampleCluster, exampleReplica } from "../../local-cloud/postgres/database-cloud-for-tests";
import { DatabaseNetworkForTests } from "../../local-cloud/postgres/database-network-for-tests";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";

export const PASSWORD = "app:s/ecret%'\"";
const authorization = "dop_v1_database";

export const cluster = exampleCluster(1, {
  name: "main",
  hostname: "main.db.example.com",
  privateHostname: "private-main.db.example.com",
  addresses: [0, 1, 2].map((node) => addresses(30 + node)),
});

export function replica(number: number): DatabaseReplica {
  return {
    ...exampleReplica(number, cluster),
    name: `read-${number}`,
    memoryMiB: 2048,
    hostname: `read-${number}.db.example.com`,
    privateHostname: `private-read-${number}.db.example.com`,
    addresses: [addresses(20 + number)],
  };
}

/** A database cluster of the local cloud, and a node with database endpoints, in networks of their own. */
export class EndpointsForTests implements AsyncDisposable {
  static async start(tree: ServicesTree): Promise<EndpointsForTests> {
    const directory = mkdtempSync(path.join(tmpdir(), "endpoints-"));
    const network = new DatabaseNetworkForTests("ep");
    const node = await ImageSandbox.start("app-1", { networkNamespace: network.namespaceOf("client") });
    const names = new HostsFile(node);
    const events: string[] = [];
    const databases = new ManagedDatabases({
      tree,
      stateDirectory: path.join(directory, "state"),
      cacheDirectory: path.join(cacheDirectory(), "databases"),
      network,
      namespaceOf: network.namespaceOf,
      names,
      report: (event) => events.push(event),
    });
    databases.setFailoverTime(1);
    const test = new EndpointsForTests(directory, network, databases, node, names, events);
    try {
      await test.prepare();
      return test;
    } catch (error) {
      await test[Symbol.asyncDispose]();
      throw error;
    }
  }

  private agent?: SandboxProcess;

  private constructor(
    private readonly directory: string,
    private readonly network: DatabaseNetworkForTests,
    readonly databases: ManagedDatabases,
    readonly node: ImageSandbox,
    readonly names: Names,
    private readonly events: string[],
  ) {}

  /** What the node's unit files do. */
  async startAgent(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const values = { ...this.environment(), ...environment };
    this.agent = this.node.spawn(
      asPostgres("sh", "-c", "exec /usr/local/sbin/follow-database 2>>/srv/follow-database.log"),
      values,
    );
    await waitUntil("follow-database has written its files", async () =>
      this.node.has("/run/database-endpoints/read-4.ini"),
    );
  }

  async stopAgent(signal: "KILL" | "STOP" | "CONT" = "KILL"): Promise<void> {
    await this.agent!.signal(signal);
    if (signal === "KILL") await this.agent!.ended;
  }

  startPoolers(): void {
    for (const name of ["write", "read-1", "read-2", "read-3", "read-4"]) {
      const start = `/usr/sbin/pgbouncer /run/database-endpoints/${name}.ini >>/srv/pgbouncer.log 2>&1`;
      const program = `while true; do echo "${name} started" >>/srv/pgbouncer.log; ${start}; sleep 0.5; done`;
      this.node.spawn(asPostgres("sh", "-c", program));
    }
  }

  /** What the node does at its boot, as it is made for a cluster of the site's own. */
  async prepareDatabase(): Promise<void> {
    const adminUrl = `postgresql://doadmin:admin-secret@${cluster.privateHostname}:25060/app?sslmode=require`;
    const files = prepareFiles(adminUrl, { writeUrl: "", authority: "", isExclusive: true });
    await this.node.write(files);
    const values = "set -a; . /etc/infrastructure/prepare-database.env; /usr/local/sbin/prepare-database";
    await this.node.run(["sh", "-c", values], this.environment());
  }

  /** What the API lists from now on. */
  async list(replicas: readonly number[], status: "ok" | "fails" = "ok"): Promise<void> {
    const connection = (of: DatabaseCluster | DatabaseReplica) => ({ host: of.privateHostname, port: of.port });
    const content = JSON.stringify({
      status,
      token: authorization,
      paths: {
        [`/v2/databases/${cluster.id}`]: { database: { private_connection: connection(cluster) } },
        [`/v2/databases/${cluster.id}/replicas`]: {
          replicas: replicas.map((number) => ({ status: "online", private_connection: connection(replica(number)) })),
        },
      },
    });
    await this.node.write([{ path: "/srv/api.json", content }]);
  }

  /** Through an endpoint of the node, as a client whom nobody tuned. */
  async psql(sql: string, endpoint: Endpoint = "write", environment = {}): Promise<string> {
    const url = urlOf(endpoint);
    return (await this.node.run(["psql", "-XAtq", url, "-c", sql], environment)).trim();
  }

  /** Straight to the primary. */
  async direct(sql: string, database = "app", user = "doadmin"): Promise<string> {
    const target = `host=${cluster.privateHostname} port=25060 user=${user} dbname=${database} sslmode=verify-full`;
    const password = { doadmin: "admin-secret", app: PASSWORD }[user] ?? "secret";
    const argv = ["psql", "-XAtq", `${target} sslrootcert=${databaseAuthorityPath} connect_timeout=2`, "-c", sql];
    return (await this.node.run(argv, { PGPASSWORD: password })).trim();
  }

  /** A session after the other writes or reads, or one that stays; each attempt is a line. */
  async startVisitor(name: string, endpoint: Endpoint, statement: string, stays: boolean) {
    const argv = [
      "python3",
      "/srv/visitor.py",
      urlOf(endpoint),
      statement,
      stays ? "stays" : "comes",
      `/srv/${name}.log`,
    ];
    const visitor = this.node.spawn(argv);
    const attempts = (): Attempt[] =>
      this.node.has(`/srv/${name}.log`)
        ? readFileSync(this.node.path(`/srv/${name}.log`), "utf8")
            .trim()
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as Attempt)
        : [];
    await waitUntil(`${name} has been served`, async () => attempts().some(({ error }) => error === null));
    const end = async () => {
      await visitor.signal("KILL");
      await visitor.ended;
      return attempts();
    };
    return { attempts, end };
  }

  /** What PgBouncer logs that is led to this name. */
  async refusalOfPooler(host: string): Promise<string> {
    const settings = "/run/database-endpoints/read-1.ini";
    const change = `s/host=private-[^ ]*/host=${host}/; s/6433/6440/; s/peer_id = 2/peer_id = 9/`;
    const start = `sed '${change}' ${settings} >/srv/other.ini; exec /usr/sbin/pgbouncer /srv/other.ini 2>/srv/other.log`;
    const pooler = this.node.spawn(asPostgres("sh", "-c", start));
    await waitUntil("it listens", async () => this.node.run(["sh", "-c", "ss -ltn | grep :6440"]).then(() => true));
    const visit = this.node.spawn(["psql", urlOf("read").replace("6433", "6440"), "-c", "select 1"]);
    const said = () => readFileSync(this.node.path("/srv/other.log"), "utf8");
    await waitUntil("it has tried", async () => /TLS handshake error|login attempt/.test(said()));
    await visit.signal("KILL");
    // TERM would wait until it notices that its client is gone.
    await pooler.signal("QUIT");
    await pooler.ended;
    return said();
  }

  async primary(): Promise<ServerStatus> {
    return (await this.databases.status()).find(({ role, cluster: name }) => role === "primary" && name === "main")!;
  }

  async everyStandbyStreams(): Promise<void> {
    const streams = async () => {
      const standbys = (await this.databases.status()).filter(({ role }) => role !== "primary");
      return standbys.length === 3 && standbys.every(({ running, lagBytes }) => running && lagBytes === 0);
    };
    await waitUntil("every standby streams", streams, 40);
  }

  seen(): { name: string; address: string; role: string | null; lagSeconds: number | null; isUsed: boolean }[] {
    return JSON.parse(readFileSync(this.node.path("/run/database-endpoints/servers.json"), "utf8"));
  }

  /** Addresses of the servers that sessions of the read endpoint get, one after the other. */
  async readers(sessions = 24): Promise<Set<string>> {
    const output = await this.node.run(["python3", "-c", readersProgram, urlOf("read"), `${sessions}`]);
    return new Set(output.trim().split("\n"));
  }

  log(): string {
    const read = (file: string) => (this.node.has(file) ? readFileSync(this.node.path(file), "utf8") : "");
    return [read("/srv/follow-database.log"), read("/srv/pgbouncer.log").slice(-6000), this.events.join("\n")].join(
      "\n----\n",
    );
  }

  environment(): Record<string, string> {
    return {
      DATABASE_DIRECT_URL: `postgresql://app:${encodeURIComponent(PASSWORD)}@${cluster.privateHostname}:25060/app?sslmode=verify-full&sslrootcert=${databaseAuthorityPath}`,
      WRITE_PORT: "6432",
      READ_PORT: "6433",
      MAXIMUM_LAG_SECONDS: "3",
      CLUSTER_ID: cluster.id,
      DATABASE_TOKEN: authorization,
      API_URL: "http://127.0.0.1:8999",
      LIST_INTERVAL_SECONDS: "1",
      METRICS_DIRECTORY: "/srv/metrics",
      STATE_DIRECTORY: "/srv/state",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.databases.close();
    await this.node[Symbol.asyncDispose]();
    this.network.close();
    rmSync(this.directory, { recursive: true });
  }

  private async prepare(): Promise<void> {
    await this.databases.createCluster(cluster);
    await Promise.all([1, 2].map((number) => this.databases.createReplica(replica(number))));
    await this.databases.setUser(cluster.id, "app", PASSWORD);
    await this.databases.setDatabase(cluster.id, "app");
    const authority = await this.databases.certificateAuthority(cluster.id);
    const files = databaseFiles({ writeUrl: "", authority }, 8000);
    await this.node.write([
      ...files,
      { path: "/srv/visitor.py", content: visitorProgram },
      { path: "/srv/api.py", content: apiProgram },
    ]);
    for (const directory of ["/run/database-endpoints", "/srv/metrics", "/srv/state", "/srv"])
      await this.node.run(["install", "--directory", "--owner=postgres", "--mode=0755", directory]);
    await this.node.run(["sh", "-c", "touch /srv/follow-database.log /srv/pgbouncer.log; chmod 666 /srv/*.log"]);
    await this.list([1, 2]);
    this.node.spawn(["python3", "/srv/api.py"]);
    await this.prepareDatabase();
    await this.direct("create table entries (id bigint generated always as identity, text text)", "app", "app");
  }
}

/** One statement: when it began and how long it took, which server answered, or why none did. */
export interface Attempt {
  readonly began: number;
  readonly seconds: number;
  readonly server: string | null;
  readonly error: string | null;
}

export type Endpoint = "write" | "read";

/** As applications get it. */
function urlOf(endpoint: Endpoint): string {
  return `postgresql://app:${encodeURIComponent(PASSWORD)}@127.0.0.1:${endpoint === "write" ? 6432 : 6433}/app`;
}

function asPostgres(...argv: string[]): string[] {
  return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", ...argv];
}

/** What the node knows of names. */
class HostsFile implements Names {
  private readonly known = new Map([["localhost", "127.0.0.1"]]);

  constructor(private readonly node: ImageSandbox) {}

  async set(name: string, [address]: readonly string[]): Promise<void> {
    this.known.set(name, address!);
    this.write();
  }

  async remove(name: string): Promise<void> {
    this.known.delete(name);
    this.write();
  }

  /** At once and as a whole: a failover changes two names at the same time, and the node reads them all the while. */
  private write(): void {
    const file = this.node.path("/etc/hosts");
    writeFileSync(`${file}.new`, [...this.known].map(([name, address]) => `${address} ${name}\n`).join(""));
    renameSync(`${file}.new`, file);
  }
}

const readersProgram = `
import psycopg, sys

for _ in range(int(sys.argv[2])):
    with psycopg.connect(sys.argv[1]) as connection:
        print(connection.execute("select host(inet_server_addr())").fetchone()[0])
`;

const visitorProgram = `
import json, sys, time
import psycopg

url, statement, mode, path = sys.argv[1:]
connection = None
while True:
    began, server, error = time.time(), None, None
    try:
        if connection is None:
            connection = psycopg.connect(url, autocommit=True)
        server = connection.execute("select host(inet_server_addr())").fetchone()[0]
        connection.execute(statement)
    except psycopg.Error as caught:
        error = str(caught).strip().splitlines()[0] if str(caught) else type(caught).__name__
    if connection is not None and (error is not None or mode == "comes"):
        connection.close()
        connection = None
    with open(path, "a") as file:
        file.write(json.dumps({"began": began, "seconds": time.time() - began, "server": server, "error": error}) + "\\n")
    time.sleep(0.1)
`;

const apiProgram = `
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        api = json.load(open("/srv/api.json"))
        answer = api["paths"].get(self.path)
        status = 503 if api["status"] == "fails" else 404 if answer is None else 200
        if self.headers.get("authorization") != "Bearer " + api["token"]:
            status = 401
        body = json.dumps(answer if status == 200 else {"id": "error", "message": "no"}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

ThreadingHTTPServer(("127.0.0.1", 8999), Handler).serve_forever()
`;
