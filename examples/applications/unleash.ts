// Unleash (https://www.getunleash.io), which switches features of other programs on and off: Node.js, Express, knex,
// node-postgres, sessions in the database. The image is Debian with Node.js, the npm package and release.mjs
// (test/applications/images/unleash.ts).
import { App, TerraformVariable } from "cdktf";
import { Stack, WebInfrastructure } from "../../modules";

const app = new App();
const stack = new Stack(app, "flags");
const hostname = "flags.example.com";
/** Of each app node, at most. */
const databaseConnections = 10;
/** Its value comes from the environment, `TF_VAR_<name>`. */
const secret = (name: string) => new TerraformVariable(stack, name, { type: "string", sensitive: true }).stringValue;

new WebInfrastructure(stack, "site", {
  hostname,
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  // Node.js takes many connections at a time: bodies go on as they come, instead of into files on the web nodes first.
  web: { bufferUploads: false },
  app: {
    databaseConnections,
    application: {
      kind: "container",
      image: `registry.example.com/flags:${process.env.VERSION ?? "8.2.0"}`,
      // Not /ready, which asks the database.
      healthPath: "/health",
      releaseCommand: ["node", "release.mjs"],
      environment: {
        UNLEASH_URL: `https://${hostname}`,
        DATABASE_POOL_MAX: String(databaseConnections),
        // It would ask the node's own endpoint for TLS, which that needs only to the servers. The release command, whose URL
        // says sslmode=verify-full, has it all the same.
        DATABASE_SSL: "false",
        // The release command does it, once.
        DATABASE_DISABLE_MIGRATION: "true",
        // Its cookies are for HTTPS only.
        SECURE_HEADERS: "true",
        // Milliseconds for requests in flight; its default of one second cuts them off. Less than stopTimeoutSeconds.
        GRACEFUL_SHUTDOWN_TIMEOUT: "28000",
        // App nodes reach nothing outside.
        CHECK_VERSION: "false",
        SEND_TELEMETRY: "false",
        UNLEASH_DEFAULT_ADMIN_USERNAME: "admin",
      },
      // Without UNLEASH_SECRET sessions are signed with a word that everybody knows.
      secrets: { UNLEASH_DEFAULT_ADMIN_PASSWORD: secret("admin_password"), UNLEASH_SECRET: secret("session_secret") },
    },
  },
});

app.synth();
