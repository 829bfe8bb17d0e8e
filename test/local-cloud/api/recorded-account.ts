import { defaultCatalogue, type Catalogue } from "../../../local-cloud/api/digitalocean/account/catalogue";
import { makeDroplet } from "./digital-ocean-under-test";
import { settle } from "./fake-clock";
import type { HttpClient } from "./http-client";
import type { Replay } from "./replay";

/** What the recordings' account was offered. */
export const recordedCatalogue: Catalogue = {
  ...defaultCatalogue,
  regions: [
    { slug: "fra1", name: "Frankfurt 1" },
    { slug: "nyc3", name: "New York 3" },
  ],
  sizes: [
    recordedSize("s-1vcpu-1gb", 1024, 1, 25, 1, 6, 0.00893),
    recordedSize("s-1vcpu-2gb", 2048, 1, 50, 1, 12, 0.01786),
    recordedSize("s-2vcpu-2gb", 2048, 2, 60, 2, 18, 0.02679),
    recordedSize("s-2vcpu-4gb", 4096, 2, 80, 2, 24, 0.03571),
  ],
  databaseSizes: defaultCatalogue.databaseSizes.map((size) =>
    size.slug === "db-s-1vcpu-2gb" ? { ...size, storage: 61440 } : size,
  ),
};

const recordedIds = {
  vpc: "37071ea7-2071-5bb3-b7c4-60479d50c21b",
  defaultVpc: "d455e75d-4858-4eec-8c95-da2f0a5f93a7",
  fingerprint: "65:da:18:31:15:bd:5c:15:82:92:33:40:8b:a0:22:49",
  cluster: "762b6a77-122e-5b8c-9323-44bea268f3c0",
} as const;

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGVleGFt ops@example.com";

/** Makes things that a recording uses and that were made in another one, under the recording's names. */
export class RecordedAccount {
  constructor(
    private readonly cloud: HttpClient,
    private readonly replay: Replay,
  ) {}

  async vpc(): Promise<void> {
    const order = { name: "example-vpc", region: "fra1", ip_range: "10.20.0.0/20" };
    const { vpc } = await this.make("/v2/vpcs", order);
    this.replay.map(recordedIds.vpc, vpc.id);
  }

  /** The VPC that is used when none is named. */
  async defaultVpc(): Promise<void> {
    const order = { name: "throw-away", region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };
    const droplet = await makeDroplet(this.cloud, order);
    this.replay.map(recordedIds.defaultVpc, droplet["vpc_uuid"]);
    await this.cloud.call("DELETE", `/v2/droplets/${droplet["id"]}`);
    await settle();
  }

  async sshKey(): Promise<void> {
    const { ssh_key: key } = await this.make("/v2/account/keys", { name: "ops", public_key: publicKey });
    this.replay.map(recordedIds.fingerprint, key.fingerprint);
  }

  async tags(...names: string[]): Promise<void> {
    for (const name of names) await this.make("/v2/tags", { name });
  }

  async droplet(recordedId: number): Promise<void> {
    const order = { name: `droplet-${recordedId}`, region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };
    this.replay.map(recordedId, (await makeDroplet(this.cloud, order))["id"]);
  }

  async cluster(): Promise<void> {
    const order = {
      ...{ name: "example-pg", engine: "pg", version: "17", size: "db-s-1vcpu-2gb", region: "fra1", num_nodes: 2 },
      private_network_uuid: await this.ownVpc(),
    };
    const { database } = await this.make("/v2/databases", order);
    this.replay.map(recordedIds.cluster, database.id);
    await settle();
  }

  /** A replica of the cluster, which a recording knows by its uuid only. */
  async replica(recordedUuid: string): Promise<void> {
    const order = { name: `replica-${recordedUuid.slice(0, 8)}`, region: "fra1", size: "db-s-1vcpu-2gb" };
    const { replica } = await this.make(`/v2/databases/${this.replay.own(recordedIds.cluster)}/replicas`, order);
    this.replay.map(recordedUuid, replica.id);
    await settle();
  }

  async databaseContents(users: readonly string[], databases: readonly string[]): Promise<void> {
    const cluster = this.replay.own(recordedIds.cluster);
    for (const name of users) await this.make(`/v2/databases/${cluster}/users`, { name });
    for (const name of databases) await this.make(`/v2/databases/${cluster}/dbs`, { name });
  }

  async uptimeCheck(recordedId: string): Promise<void> {
    const { check } = await this.make("/v2/uptime/checks", {
      name: "www",
      type: "https",
      target: "https://www.example.com/",
    });
    this.replay.map(recordedId, check.id);
  }

  /** Tags or untags a droplet of the recording, as if by hand. */
  async tag(method: "POST" | "DELETE", tag: string, recordedDroplet: string): Promise<void> {
    const resources = [{ resource_id: this.replay.own(recordedDroplet), resource_type: "droplet" }];
    await this.expect(method, `/v2/tags/${tag}/resources`, { resources });
  }

  async deleteDroplet(recordedId: string): Promise<void> {
    await this.expect("DELETE", `/v2/droplets/${this.replay.own(recordedId)}`);
    await settle();
  }

  /** Locks a droplet of the recording for as long as its API takes for an action. */
  async startRename(recordedId: string, name: string): Promise<void> {
    await this.make(`/v2/droplets/${this.replay.own(recordedId)}/actions`, { type: "rename", name });
  }

  /** Assigns a reserved IP as if by another's hand. */
  async assign(address: string, recordedDroplet: number): Promise<void> {
    const droplet = Number(this.replay.own(`${recordedDroplet}`));
    await this.make(`/v2/reserved_ips/${address}/actions`, { type: "assign", droplet_id: droplet });
    await settle();
  }

  async unassign(address: string): Promise<void> {
    await this.make(`/v2/reserved_ips/${address}/actions`, { type: "unassign" });
    await settle();
  }

  async removeDatabaseContents(users: readonly string[], databases: readonly string[]): Promise<void> {
    const cluster = this.replay.own(recordedIds.cluster);
    for (const name of users) await this.expect("DELETE", `/v2/databases/${cluster}/users/${name}`);
    for (const name of databases) await this.expect("DELETE", `/v2/databases/${cluster}/dbs/${name}`);
  }

  private async ownVpc(): Promise<string> {
    const known = this.replay.own(recordedIds.vpc);
    if (known === recordedIds.vpc) await this.vpc();
    return this.replay.own(recordedIds.vpc);
  }

  private make(path: string, order: object): Promise<any> {
    return this.expect("POST", path, order);
  }

  private async expect(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.cloud.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

function recordedSize(
  slug: string,
  memory: number,
  vcpus: number,
  disk: number,
  transfer: number,
  priceMonthly: number,
  priceHourly: number,
) {
  return { slug, memory, vcpus, disk, transfer, priceMonthly, priceHourly, description: "Basic" };
}
