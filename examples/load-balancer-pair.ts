// Load balancers alone, in front of web nodes that carry the tag "shop-web" and answer on port 80.
import { App } from "cdktf";
import {
  Firewalls,
  LoadBalancerPair,
  Network,
  PublicHostname,
  Readiness,
  ReservedAddress,
  Stack,
  TierTags,
} from "../modules";

const app = new App();
const stack = new Stack(app, "entrance");
const name = "shop";
const region = "fra1";
const hostname = "www.example.com";
const { vpc } = new Network(stack, "network", { name, region });
const tags = new TierTags(stack, "tags", { name });
const reservedIp = new ReservedAddress(stack, "address", { region }).reservedIp.ipAddress;
const zone = { id: "023e105f4ecef8ad9ca31a8372d0c353" };
const entrance = new PublicHostname(stack, "hostname", { hostname, zone, reservedIp });
const firewall = new Firewalls(stack, "firewalls", { name, tags, vpc, reservedIp }).of("load-balancer");
const readiness = new Readiness(stack, "readiness", { hostname, publicPath: [...entrance.ready, firewall] });

new LoadBalancerPair(stack, "load-balancer", {
  ...{ name, region, hostname, reservedIp, vpc, tags, firewall, readiness },
  failoverToken: stack.tokens.failover,
  discoveryToken: stack.tokens.discovery,
  certificate: entrance.certificate,
  privateKey: entrance.privateKey,
  clientAuthorities: entrance.clientAuthorities,
});
app.synth();
