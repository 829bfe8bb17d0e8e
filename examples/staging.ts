// A site for trying things out: one node a tier, no standby, no read replica. It is down while a node is, and a lost
// database server loses what was written since the last backup.
import { App } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();

new WebInfrastructure(new Stack(app, "staging"), "site", {
  hostname: "staging.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  allowSinglePointsOfFailure: true,
  loadBalancers: { nodes: 1 },
  web: { nodes: 1 },
  app: { nodes: 1 },
  database: { nodes: 1, readReplicas: 0, size: "db-s-1vcpu-1gb" },
});

app.synth();
