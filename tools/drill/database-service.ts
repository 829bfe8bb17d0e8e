import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../programs/user-error";
import type { ApiAccess } from "../accounts/read-api";

const LIMIT_MS = 30_000;
const POLL_MS = 2000;

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A managed database cluster as DigitalOcean's API shows it; what is used of it. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly size: string;
  readonly region: string;
  readonly status: string;
  readonly storage_size_mib: number;
  readonly private_network_uuid: string;
  readonly db_names: readonly string[] | null;
  readonly users: ReadonlyArray<{ readonly name: string; readonly password?: string }> | null;
  readonly connection: Login;
}

export interface TrustedSource {
  readonly type: string;
  readonly value: string;
}

/** Managed databases of an account (https://docs.digitalocean.com/reference/api/), for what a drill does. */
export class DatabaseService {
  public constructor(private readonly access: ApiAccess) {}

  public async list(): Promise<readonly Cluster[]> {
    return (await this.ask<{ databases: Cluster[] | null }>("GET", "?per_page=200")).databases ?? [];
  }

  public async get(id: string): Promise<Cluster> {
    return (await this.ask<{ database: Cluster }>("GET", `/${id}`)).database;
  }

  /** When each backup was made, oldest first. */
  public async listBackups(id: string): Promise<readonly string[]> {
    const { backups } = await this.ask<{ backups: Array<{ created_at: string }> | null }>("GET", `/${id}/backups`);
    return (backups ?? []).map(({ created_at }) => created_at).sort();
  }

  /** One server, made from the backups of another cluster; resolves when the API knows it. `at`: a moment, ISO 8601. */
  public async restore(source: Cluster, name: string, at: string | undefined): Promise<Cluster> {
    const { engine, version, size, region, storage_size_mib, private_network_uuid } = source;
    const place = { engine, version, size, region, storage_size_mib, private_network_uuid, num_nodes: 1 };
    const backup_restore = { database_name: source.name, ...(at !== undefined && { backup_created_at: at }) };
    return (await this.ask<{ database: Cluster }>("POST", "", { name, ...place, backup_restore })).database;
  }

  /** Resolves to the cluster with its connections. */
  public async untilOnline(id: string, limitSeconds: number): Promise<Cluster> {
    const deadline = Date.now() + limitSeconds * 1000;
    for (;;) {
      const cluster = await this.get(id);
      if (cluster.status === "online") return cluster;
      if (Date.now() > deadline) throw new Error(`${cluster.name}: is ${cluster.status} after ${limitSeconds} s`);
      await sleep(POLL_MS);
    }
  }

  public async trustedSources(id: string): Promise<readonly TrustedSource[]> {
    const { rules } = await this.ask<{ rules: TrustedSource[] | null }>("GET", `/${id}/firewall`);
    return (rules ?? []).map(({ type, value }) => ({ type, value }));
  }

  /** The whole list: who is not in it may not connect. */
  public async setTrustedSources(id: string, rules: readonly TrustedSource[]): Promise<void> {
    await this.ask("PUT", `/${id}/firewall`, { rules });
  }

  /** PEM of the authority that signs the servers' certificates. */
  public async authority(id: string): Promise<string> {
    const { ca } = await this.ask<{ ca: { certificate: string } }>("GET", `/${id}/ca`);
    return Buffer.from(ca.certificate, "base64").toString("utf8");
  }

  public async destroy(id: string): Promise<void> {
    await this.ask("DELETE", `/${id}`);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { url, token } = this.access;
    const response = await fetch(`${url}/v2/databases${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new UserError(`${method} /v2/databases${path}: status ${response.status}: ${text.slice(0, 300)}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
