// Connections besides ours: to a mail relay, to a Redis somewhere else, from the office to the metrics of HAProxy. And a
// zone whose settings somebody else looks after.
import { App } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();

const site = new WebInfrastructure(new Stack(app, "shop"), "site", {
  hostname: "shop.example.com",
  // By hand, then: encryption mode "Full (strict)", "Always Use HTTPS", minimum TLS version 1.2.
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353", manageSettings: false },
  ssh: { keys: ["289794"], sources: ["192.0.2.0/24"] },
  traffic: [
    { from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 },
    { from: "app", to: "203.0.113.6/32", protocol: "tcp", port: 6379 },
  ],
});

site.traffic.allow({ from: "192.0.2.0/24", to: "web", protocol: "tcp", port: "9100-9113" });

app.synth();
