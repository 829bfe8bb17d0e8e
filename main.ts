import { App } from "cdktf";
import { Stack, WebInfrastructure } from "./modules";

const app = new App();
const stack = new Stack(app, "web");

new WebInfrastructure(stack, "site", {
  // The name that people type, and the id of its zone (Cloudflare's dashboard, at the lower right of the overview).
  hostname: "www.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },

  // Everything else has a default; these are the ones most often changed.
  region: "fra1",
  web: { nodes: 2 },
  app: {
    nodes: 2,
    // Your own application, a container that listens on $PORT and finds its database in $DATABASE_URL
    // (docs/your-application.md); without this line a small demo runs.
    // application: { kind: "container", image: "ghcr.io/you/your-app:1.0.0" },
  },
});

app.synth();
