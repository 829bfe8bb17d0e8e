// Web and app nodes behind load balancers that another stack has made for the name "shop", with its readiness path.
import { App, TerraformVariable } from "cdktf";
import { AppTier, Firewalls, Readiness, Stack, TierTags, WebTier } from "../modules";

const app = new App();
const stack = new Stack(app, "nodes");
const name = "shop";
const region = "fra1";
const hostname = "www.example.com";
const vpc = { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.20.0.0/20" };
const tags = new TierTags(stack, "tags", { name });
const firewalls = new Firewalls(stack, "firewalls", { name, tags, vpc, reservedIp: "198.51.100.10" });
const readiness = new Readiness(stack, "readiness", { hostname, publicPath: [firewalls.of("load-balancer")] });
const secret = (id: string) => new TerraformVariable(stack, id, { type: "string", sensitive: true }).stringValue;
const placement = { name, region, vpc, tags, readiness } as const;

new WebTier(stack, "web", {
  ...placement,
  firewall: firewalls.of("web"),
  discoveryToken: stack.tokens.discovery,
});
new AppTier(stack, "app", {
  ...placement,
  firewall: firewalls.of("app"),
  application: { kind: "container", image: "ghcr.io/example/shop:1.0.0", healthPath: "/up" },
  database: { writeUrl: secret("write_url"), readUrl: secret("read_url"), authority: secret("authority") },
});
app.synth();
