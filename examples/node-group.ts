// Droplets of one's own that are replaced one by one, each when the one before has said that it is ready. What they boot
// with has to answer for them, as `node-status` does on our nodes; `Tier` brings that along.
import { App } from "cdktf";
import { Firewalls, NodeGroup, Readiness, Stack, TierTags } from "../modules";

const app = new App();
const stack = new Stack(app, "nodes");
const vpc = { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.20.0.0/20" };
const tags = new TierTags(stack, "tags", { name: "shop" });
const firewall = new Firewalls(stack, "firewalls", { name: "shop", tags, vpc, reservedIp: "198.51.100.10" }).of("app");

new NodeGroup(stack, "app", {
  name: "shop",
  region: "fra1",
  tier: "app",
  nodes: 4,
  batchSize: 2,
  maximumNodes: 10,
  size: "s-1vcpu-1gb",
  userData: "#cloud-config\npackages: [nginx]\n",
  vpc,
  tags,
  firewall,
  readiness: new Readiness(stack, "readiness", { hostname: "www.example.com", publicPath: [firewall] }),
});
app.synth();
