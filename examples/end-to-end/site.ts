// What main.ts declares, with the settings that SITE_CHANGES names (JSON, by their paths: {"web.nodes": 3}) in the place
// of its own: for tests and benchmarks that deploy a change, `cdktf deploy --app "node --import tsx
// examples/end-to-end/site.ts"`. SITE_STACK is the name of the stack, for a second site beside the first.
import { App } from "cdktf";
import { Stack, WebInfrastructure } from "../../modules";
import { changedProps } from "./changed-props";

const site = {
  hostname: "www.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  region: "fra1",
  web: { nodes: 2 },
  app: { nodes: 2 },
} as const;

const app = new App();
const changes = JSON.parse(process.env.SITE_CHANGES ?? "{}") as Record<string, unknown>;
new WebInfrastructure(new Stack(app, process.env.SITE_STACK ?? "web"), "site", changedProps(site, changes));
app.synth();
