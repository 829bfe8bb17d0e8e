// A site with an application of one's own, and the settings that are changed most often.
import { App } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();

new WebInfrastructure(new Stack(app, "shop"), "site", {
  hostname: "shop.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353", minimumTlsVersion: "1.3" },
  region: "ams3",
  network: { ipRange: "10.20.0.0/20" },
  loadBalancers: { size: "s-2vcpu-2gb" },
  web: {
    nodes: 3,
    staticContent: { kind: "archive", url: "https://downloads.example.com/site.tar.gz", sha256: "0".repeat(64) },
  },
  app: {
    nodes: 4,
    batchSize: 2,
    application: { kind: "container", image: "ghcr.io/example/shop:1.0.0", environment: { MODE: "production" } },
  },
  database: { size: "db-s-2vcpu-4gb", readReplicas: 1, storageGib: 100 },
  alerts: { emails: ["ops@example.com"] },
});

app.synth();
