// Calls the API at the URL in the first argument with DigitalOcean's own client, and prints what it understood as JSON.
// A program of its own because the client is an ES module. The token comes from DIGITALOCEAN_TOKEN.
import { createDigitalOceanClient, DigitalOceanApiKeyAuthenticationProvider } from "@digitalocean/dots";
import { FetchRequestAdapter } from "@microsoft/kiota-http-fetchlibrary";
import { JsonParseNode } from "@microsoft/kiota-serialization-json";

// The client (1.19.0) does not name the type of the texts in a list, on which the library under it (preview.109)
// insists: without this it can read no droplet at all, the vendor's own answers included.
Object.defineProperty(JsonParseNode.prototype, "getPrimitiveValue", {
  set(read) {
    const value = (item, type) => (type === undefined ? item : read(item, type));
    Object.defineProperty(this, "getPrimitiveValue", { value });
  },
});

const adapter = new FetchRequestAdapter(new DigitalOceanApiKeyAuthenticationProvider(process.env.DIGITALOCEAN_TOKEN));
adapter.baseUrl = process.argv[2];
const { v2 } = createDigitalOceanClient(adapter);

const { account } = await v2.account.get();
const { vpc } = await v2.vpcs.post({ name: "office", region: "fra1", ipRange: "10.20.0.0/24" });
await v2.tags.post({ name: "web" });
const order = { name: "web-1", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };
const created = await v2.droplets.post({ ...order, tags: ["web"], vpcUuid: vpc.id, monitoring: true });
const { id } = created.droplet;
const { droplet } = await v2.droplets.byDroplet_id(id).get();
const tagged = await v2.droplets.get({ queryParameters: { tagName: "web" } });
const { firewall } = await v2.firewalls.post({
  name: "web",
  tags: ["web"],
  inboundRules: [{ protocol: "tcp", ports: "80", sources: { tags: ["web"] } }],
  outboundRules: [{ protocol: "icmp", ports: "0", destinations: { addresses: ["0.0.0.0/0"] } }],
});
const { reservedIp } = await v2.reserved_ips.post({ region: "fra1" });
const reserved = v2.reserved_ips.byReserved_ip(reservedIp.ip);
const { action } = await reserved.actions.post({ type: "assign", dropletId: id });
const finished = await reserved.actions.byAction_id(action.id).get();
const holder = await reserved.get();
const ordered = await v2.databases.post({
  ...{ name: "pg-1", engine: "pg", version: "17", size: "db-s-1vcpu-2gb", region: "fra1", numNodes: 1 },
  privateNetworkUuid: vpc.id,
});
const { database } = await v2.databases.byDatabase_cluster_uuid(ordered.database.id).get();
const refused = await v2.droplets
  .byDroplet_id(1)
  .get()
  .catch((error) => ({ status: error.responseStatusCode, id: error.id }));

process.stdout.write(
  JSON.stringify({
    account: account.status,
    created: created.droplet.status,
    droplet: { name: droplet.name, status: droplet.status, tags: droplet.tags, inVpc: droplet.vpcUuid === vpc.id },
    networks: droplet.networks.v4.map(({ type, gateway }) => ({ type, gateway })),
    tagged: tagged.droplets.map(({ name }) => name),
    firewall: { ports: firewall.inboundRules[0].ports, sources: firewall.inboundRules[0].sources.tags },
    assignment: [action.status, finished.action.status, holder.reservedIp.droplet.id === id],
    database: { created: ordered.database.status, status: database.status, port: database.connection.port },
    refused,
  }),
);
