// A site under several names: the apex leads to www, an old domain leads there as well, every shop has a name of its own;
// and a staging site in the same zone.
import { App } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();
const stack = new Stack(app, "web");
const zone = { id: "023e105f4ecef8ad9ca31a8372d0c353", name: "example.com" };
const oldZone = { id: "023e105f4ecef8ad9ca31a8372d0c399" };

const site = new WebInfrastructure(stack, "site", {
  hostname: "www.example.com",
  zone,
  otherHostnames: [
    { hostname: "example.com", redirects: true },
    { hostname: "*.example.com" },
    { hostname: "example.net", zone: oldZone, redirects: true },
    { hostname: "www.example.net", zone: oldZone, redirects: true },
  ],
});

// Cloudflare shows one client certificate for a whole zone: the one that the first site has put there.
new WebInfrastructure(stack, "staging", {
  hostname: "staging.example.com",
  zone: { ...zone, manageSettings: false, clientAuthorities: site.publicHostname.clientAuthorities },
  network: { ipRange: "10.120.0.0/20" },
  loadBalancers: { nodes: 1 },
  web: { nodes: 1 },
  app: { nodes: 1 },
  database: { nodes: 1, size: "db-s-1vcpu-1gb", readReplicas: 0 },
  allowSinglePointsOfFailure: true,
});

app.synth();
