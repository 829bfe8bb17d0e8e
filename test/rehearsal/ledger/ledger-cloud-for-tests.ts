import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DatabaseOperation, Switches } from "../../../local-cloud/client/control-client";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import { Disturbances, type DisturbancesParts } from "../../../local-cloud/daemon/disturbances";
import type { DatabaseCluster } from "../../../local-cloud/platform/platform";
import { ManagedDatabases } from "../../../local-cloud/postgres/managed-databases";
import type { ServicesTree } from "../../../local-cloud/services/services-tree";
import type { LedgerCloud } from "../../../rehearsal/ledger/ledger";
import type { LedgerTarget } from "../../../rehearsal/ledger/ledger-target";
import type { PsqlTarget } from "../../../rehearsal/ledger/psql-session";
import { DatabaseNetworkForTests } from "../../local-cloud/postgres/database-network-for-tests";

/** Managed databases in namespaces of their own, and an operator there who finds them by /etc/hosts: no droplets, no API. */
export class LedgerCloudForTests implements LedgerCloud {
  readonly databases: ManagedDatabases;
  readonly directory = mkdtempSync(path.join(tmpdir(), "ledger-"));
  private readonly network: DatabaseNetworkForTests;
  private readonly names = new Map<string, readonly string[]>();
  private readonly disturbances: Disturbances;

  constructor(tree: ServicesTree, purpose: string) {
    this.network = new DatabaseNetworkForTests(purpose);
    this.writeHosts();
    this.databases = new ManagedDatabases({
      tree,
      stateDirectory: path.join(this.directory, "state"),
      cacheDirectory: process.env.LOCAL_CLOUD_SERVICES
        ? path.join(this.directory, "cache")
        : path.join(cacheDirectory(), "databases"),
      network: this.network,
      namespaceOf: this.network.namespaceOf,
      names: {
        set: async (name, addresses) => {
          this.names.set(name, addresses);
          this.writeHosts();
        },
        remove: async (name) => void this.names.delete(name),
      },
      report: () => undefined,
    });
    const nothingElse = { api: { set: () => undefined }, network: { setBreakages: async () => undefined } };
    this.disturbances = new Disturbances({ databases: this.databases, ...nothingElse } as unknown as DisturbancesParts);
  }

  readonly control = {
    status: async () => {
      const databases = await this.databases.status();
      return { droplets: [], databases, reservedIps: [], hostnames: [], objects: {} };
    },
    operateDatabase: (node: string, operation: DatabaseOperation) => this.disturbances.operateDatabase(node, operation),
    disturbances: async () => this.disturbances.active(),
    beginDisturbance: async (name: string, note: unknown) => this.disturbances.begin({ name, note }),
    switchDisturbance: (name: string, switches: Switches) => this.disturbances.switch(name, switches),
    endDisturbance: (name: string) => this.disturbances.end(name),
  };

  async startAsOperator(argv: readonly string[], stdio: StdioOptions): Promise<ChildProcess> {
    const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
    const inside = ["unshare", "--mount", "sh", "-c", script, this.hosts, ...argv];
    return spawn("nsenter", [`--net=${this.network.namespaceOf("client")}`, ...inside], { stdio });
  }

  /** The administrator's way to a cluster. */
  async targetOf({ id, hostname, port, adminUser, adminPassword, defaultDatabase }: DatabaseCluster) {
    const authority = path.join(this.directory, `${id}.pem`);
    writeFileSync(authority, await this.databases.certificateAuthority(id));
    const login = { user: adminUser, password: adminPassword, database: defaultDatabase };
    const address = path.join(this.directory, `${id}.json`);
    writeFileSync(address, JSON.stringify({ host: hostname, port, authority, ...login } satisfies PsqlTarget));
    const target: LedgerTarget = { address, readContent: (ledger) => ledger.readContent() };
    return target;
  }

  readHistory(file: string): string {
    return readFileSync(path.join(this.directory, file), "utf8");
  }

  async close(): Promise<void> {
    await this.databases.close();
    this.network.close();
    rmSync(this.directory, { recursive: true });
  }

  private get hosts(): string {
    return path.join(this.directory, "hosts");
  }

  /** In place: a new file in its stead would not be seen through the mount. */
  private writeHosts(): void {
    const lines = [...this.names].flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`));
    writeFileSync(this.hosts, lines.join(""));
  }
}
