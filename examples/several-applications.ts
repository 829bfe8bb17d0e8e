// Several applications on one site, each on droplets of its own: the shop and its static files, an API below /api, an
// administration under a name of its own, and the reports of that, which cloud-init sets up.
import { App } from "cdktf";
import { Stack, Tier, WebInfrastructure } from "../modules";

const app = new App();

const site = new WebInfrastructure(new Stack(app, "shop"), "site", {
  hostname: "shop.example.com",
  otherHostnames: [{ hostname: "admin.example.com" }],
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  app: { application: { kind: "container", image: "ghcr.io/example/shop:1.0.0", healthPath: "/up" } },
  web: {
    routes: [
      { path: "/api", tier: "api" },
      { hostname: "admin.example.com", tier: "admin" },
      { hostname: "admin.example.com", path: "/reports", tier: "reports" },
    ],
  },
});

new Tier(site, "api", {
  nodes: 3,
  workload: { kind: "container", image: "ghcr.io/example/api:1.0.0", port: 3000, healthPath: "/up" },
});

new Tier(site, "admin", {
  workload: { kind: "container", image: "ghcr.io/example/admin:1.0.0", healthPath: "/healthz" },
});

new Tier(site, "reports", {
  workload: {
    kind: "user-data",
    text: `#cloud-config
packages: [nginx-light]
write_files:
  - path: /var/www/html/reports/index.html
    content: <h1>Reports</h1>
`,
    units: ["nginx.service"],
    port: 80,
    healthPath: "/reports/",
  },
});

app.synth();
