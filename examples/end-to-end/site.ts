// What main.ts declares, with the properties that SITE_CHANGES names (JSON) in the place of its own: for tests and
// benchmarks that deploy a change, `cdktf deploy --app "node --import tsx examples/end-to-end/site.ts"`.
import { App } from "cdktf";
import { Stack } from "../../modules/stack";
import { WebInfrastructure } from "../../modules/web-infrastructure";
import type { WebInfrastructureProps } from "../../modules/web-infrastructure-settings";

const changes = JSON.parse(process.env.SITE_CHANGES ?? "{}") as Partial<WebInfrastructureProps>;
const app = new App();

new WebInfrastructure(new Stack(app, "web"), "site", {
  hostname: "www.example.com",
  zoneId: "023e105f4ecef8ad9ca31a8372d0c353",
  region: "fra1",
  webNodes: 2,
  appNodes: 2,
  ...changes,
});

app.synth();
