// Miniflux (https://miniflux.app), a reader of feeds: Go, its own migrations, sessions in the database. The image is its
// makers' own: docker pull ghcr.io/miniflux/miniflux:2.3.5
import { App, TerraformVariable } from "cdktf";
import { Stack, WebInfrastructure } from "../../modules";

const app = new App();
const stack = new Stack(app, "feeds");
const hostname = "feeds.example.com";
/** TF_VAR_admin_password. */
const adminPassword = new TerraformVariable(stack, "admin_password", { type: "string", sensitive: true });

const site = new WebInfrastructure(stack, "site", {
  hostname,
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  // Go takes many connections at a time: bodies go on as they come, instead of into files on the web nodes first.
  web: { bufferUploads: false },
  app: {
    application: {
      kind: "container",
      image: `ghcr.io/miniflux/miniflux:${process.env.VERSION ?? "2.3.5"}`,
      // Not /healthcheck and /readiness: those ask the database.
      healthPath: "/liveness",
      releaseCommand: ["/usr/bin/miniflux", "-migrate"],
      environment: {
        BASE_URL: `https://${hostname}`,
        // Its cookies are for HTTPS only.
        HTTPS: "1",
        CREATE_ADMIN: "1",
        ADMIN_USERNAME: "admin",
        // Its default of 20 would be 80 in a roll-out, with four nodes; the database takes 47.
        DATABASE_MAX_CONNS: "10",
      },
      secrets: { ADMIN_PASSWORD: adminPassword.stringValue },
    },
  },
});
// Where the feeds are.
for (const port of [80, 443]) site.traffic.allow({ from: "app", to: "0.0.0.0/0", protocol: "tcp", port });

app.synth();
